import { basename, dirname, join } from 'node:path';
import { AbortedError, CommandError, DeadlineError, ProcessExecutionError, run } from '@scoria/host-exec';
import { ImageError } from '../errors.ts';
import type { ImageLimits } from '../limits.ts';
import { programFile } from '../programFile.ts';
import type { Sandbox } from '../sandbox/sandbox.ts';
import { type InspectorArguments, toWords } from './arguments.ts';
import type { Accepted } from './detector.ts';
import { digestSchema, type Verdict, verdictSchema } from './report.ts';
import { inspectionRules } from './rules.ts';

/** What to inspect: an open file, or the first bytes of a stream. */
export type Inspected = { readonly fd: number; readonly sizeBytes: number } | { readonly head: Uint8Array };

/** An image that broke no rule. */
export interface Inspection extends Accepted {
  /** Digest of the stored bytes; null when none was asked for. Settles later than the rest. */
  readonly digest: Promise<string | null>;
}

/** Bytes that any processor hashes in a second. */
const HASHED_PER_SECOND = 64 * 1024 * 1024;

/**
 * Asks the inspector program, in the sandbox, what an image is.
 *
 * @returns as soon as there is a verdict; the digest is computed meanwhile
 * @throws ImageError UNSAFE_IMAGE, FORMAT_NOT_SUPPORTED and IMAGE_TOO_LARGE with the rule; TOOL_MISSING; CANCELLED
 */
export async function runInspector(
  inspected: Inspected,
  request: Omit<InspectorArguments, 'input'>,
  { sandbox, limits }: { readonly sandbox: Sandbox; readonly limits: ImageLimits },
  signal: AbortSignal,
): Promise<Inspection> {
  const file = 'fd' in inspected ? inspected : null;
  const program = programFile('inspector');
  const hashSeconds =
    file === null || request.hash === null ? 0 : Math.ceil(file.sizeBytes / HASHED_PER_SECOND);
  const seconds = limits.inspectionSeconds + hashSeconds;
  const command = await sandbox.confine({
    program: process.execPath,
    args: () => [program, ...toWords({ ...request, input: file === null ? 'head' : 'file' })],
    fds: file === null ? [] : [file.fd],
    runtime: runtimeOf(program),
    limits: { cpuSeconds: seconds, addressSpaceBytes: limits.inspectionAddressSpaceBytes, fileBytes: 0 },
  });
  const first = Promise.withResolvers<Verdict>();
  let printed = '';
  const finished = run(command.program, command.args, {
    fds: command.fds,
    ...('head' in inspected ? { input: inspected.head } : {}),
    signal,
    killGraceMs: 0,
    deadlineMs: Math.min(2 ** 31 - 1, seconds * 4_000),
    maxBuffer: 64 * 1024,
    description: 'inspect an image',
    onStdout: (text) => {
      printed += text;
      const end = printed.indexOf('\n');
      if (end >= 0) first.resolve(parseVerdict(printed.slice(0, end)));
    },
  });
  const digest = finished.then(
    ({ stdout }) => {
      const [verdict = '', second = ''] = stdout.split('\n');
      first.resolve(parseVerdict(verdict));
      return request.hash === null || second === '' ? null : digestSchema.parse(JSON.parse(second)).hex;
    },
    (error: unknown) => {
      throw inspectorFailure(error);
    },
  );
  // Whoever waits for the verdict learns of it.
  digest.catch((error: unknown) => first.reject(error));
  const verdict = await first.promise;
  if (verdict.verdict === 'accepted') {
    return { format: verdict.format, virtualSizeBytes: verdict.virtualSizeBytes, digest };
  }
  await digest.catch(() => null);
  throw refusal(verdict.rule, verdict.detail);
}

/** Node, the program and what it imports: `dist` when built, `src` in the sources; and what says that all of that are modules. */
function runtimeOf(program: string): string[] {
  const folder = dirname(program);
  const root = basename(folder) === 'programs' ? dirname(folder) : folder;
  return [process.execPath, root, join(dirname(root), 'package.json')];
}

function parseVerdict(line: string): Verdict {
  return verdictSchema.parse(JSON.parse(line));
}

function refusal(rule: keyof typeof inspectionRules, detail: string): ImageError {
  if (rule === 'any.virtual-size') return new ImageError('IMAGE_TOO_LARGE', detail, { rule });
  if (rule === 'any.declared-format' || rule === 'qed.unsupported')
    return new ImageError('FORMAT_NOT_SUPPORTED', detail, { rule });
  return new ImageError('UNSAFE_IMAGE', detail, { rule });
}

/** An inspector that was ended by its limits met an image that asked for too much. */
function inspectorFailure(error: unknown): unknown {
  if (error instanceof AbortedError) return new ImageError('CANCELLED', 'cancelled', { cause: error });
  if (error instanceof ProcessExecutionError && !isKilled(error)) {
    return new ImageError('CONVERSION_FAILED', 'the image could not be inspected', { cause: error });
  }
  if (error instanceof ProcessExecutionError || error instanceof DeadlineError)
    return new ImageError('UNSAFE_IMAGE', inspectionRules['any.limits'], {
      rule: 'any.limits',
      cause: error,
    });
  if (error instanceof CommandError) return new ImageError('TOOL_MISSING', error.message, { cause: error });
  return error;
}

/** The sandbox tells of a signal as a shell does. */
function isKilled({ exitCode }: ProcessExecutionError): boolean {
  return exitCode === null || exitCode > 128;
}
