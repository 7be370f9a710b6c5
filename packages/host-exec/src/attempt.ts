import type { ChildProcess } from 'node:child_process';
import { StringDecoder } from 'node:string_decoder';
import { setTimeout as delay } from 'node:timers/promises';
import { trackGroup } from './liveGroups.ts';
import { loadExeca } from './loadExeca.ts';
import { terminateTree } from './terminateTree.ts';
import type { Outcome } from './transcript.ts';

/** All an attempt needs, with every default filled in. */
export interface AttemptOptions {
  readonly argv: readonly [string, ...string[]];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string | undefined;
  readonly input: string | Uint8Array | undefined;
  readonly deadlineMs: number;
  readonly killGraceMs: number;
  readonly maxBuffer: number;
  readonly signal: AbortSignal | undefined;
  readonly rootHelper: readonly string[];
  readonly fds: readonly number[];
  readonly onStdout: ((text: string) => void) | undefined;
}

/** How an attempt ended. `outcome` 'ok' only says that it ended by itself; the caller judges the exit code. */
export interface AttemptResult {
  readonly outcome: Exclude<Outcome, 'exit-code'>;
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly durationMs: number;
  readonly leftRunning: boolean;
  /** Errno name when it could not be started. */
  readonly errno: string | null;
}

/** How long the pipes of a killed command may stay open (held by a process that left the group) before it is abandoned. */
const DRAIN_MS = 500;

/** Runs a command once, in a process group of its own. Never rejects for anything the command does. */
export async function attemptCommand(options: AttemptOptions): Promise<AttemptResult> {
  const [program, ...args] = options.argv;
  const execa = await loadExeca();
  const started = performance.now();
  const child = execa(program, args, {
    env: options.env,
    extendEnv: false,
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    // Its types name 3 to 9 only; it takes any number.
    stdio: [
      options.input === undefined ? 'ignore' : 'pipe',
      'pipe',
      'pipe',
      ...(options.fds as readonly 3[]),
    ],
    ...(options.input === undefined ? {} : { input: options.input }),
    // A group of its own, so that its descendants can be killed with it.
    killDescendants: true,
    forceKillAfterDelay: options.killGraceMs,
    maxBuffer: options.maxBuffer,
    stripFinalNewline: false,
    reject: false,
  });
  if (options.onStdout !== undefined) watchOutput(child.nodeChildProcess, options.onStdout);
  const pgid = child.pid;
  const untrack = pgid === undefined ? () => undefined : trackGroup(pgid);

  let leftRunning = false;
  const terminate = async (): Promise<void> => {
    if (pgid !== undefined)
      ({ leftRunning } = await terminateTree(pgid, options.killGraceMs, options.rootHelper));
  };
  const stop = watchForStop(options.deadlineMs, options.signal);
  const ended = child.then((result) => ({ kind: 'ended' as const, result }));
  try {
    const first = await Promise.race([ended, stop.reason]);
    let result = first.kind === 'ended' ? first.result : null;
    if (result === null) {
      await terminate();
      result = await Promise.race([child, delay(DRAIN_MS, null)]);
      if (result === null) abandon(child.nodeChildProcess);
    } else if (result.isMaxBuffer) {
      await terminate();
    }
    return {
      outcome: first.kind === 'ended' ? endedOutcome(first.result) : first.kind,
      exitCode: result?.exitCode ?? null,
      signal: result?.signal ?? null,
      stdout: result?.stdout ?? '',
      stderr: result?.stderr ?? '',
      durationMs: Math.round(performance.now() - started),
      leftRunning: leftRunning || result === null,
      errno: first.kind === 'ended' && pgid === undefined ? startErrno(first.result) : null,
    };
  } finally {
    stop.dispose();
    untrack();
  }
}

interface Ended {
  readonly isMaxBuffer: boolean;
  readonly exitCode?: number | undefined;
  readonly code?: string | undefined;
}

function endedOutcome(result: Ended): AttemptResult['outcome'] {
  if (result.isMaxBuffer) return 'output-limit';
  return result.exitCode === undefined && result.code !== undefined ? 'not-started' : 'ok';
}

function startErrno(result: Ended): string {
  return result.code ?? 'unknown reason';
}

/** A watcher that fails must not change how the command ends. */
function watchOutput(child: ChildProcess, watch: (text: string) => void): void {
  const decoder = new StringDecoder('utf8');
  child.stdout?.on('data', (chunk: Buffer | string) => {
    try {
      watch(typeof chunk === 'string' ? chunk : decoder.write(chunk));
    } catch {
      // Said in the option's description.
    }
  });
}

/** Lets go of a command whose pipes somebody still holds, so that they do not keep this process alive. */
function abandon(child: ChildProcess): void {
  child.stdout?.destroy();
  child.stderr?.destroy();
  child.unref();
}

type StopReason = { readonly kind: 'deadline' } | { readonly kind: 'aborted' };

function watchForStop(
  deadlineMs: number,
  signal: AbortSignal | undefined,
): { reason: Promise<StopReason>; dispose: () => void } {
  const { promise, resolve } = Promise.withResolvers<StopReason>();
  const onAbort = (): void => resolve({ kind: 'aborted' });
  const timer = setTimeout(() => resolve({ kind: 'deadline' }), deadlineMs);
  signal?.addEventListener('abort', onAbort, { once: true });
  if (signal?.aborted) onAbort();
  return {
    reason: promise,
    dispose: () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
    },
  };
}
