import { existsSync, rmSync } from 'node:fs';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CommandError, DeadlineError, run } from '@scoria/host-exec';
import type { Share } from './divideSuites.ts';
import type { GuestImage } from './image/image.ts';
import { type LabResults, readResults, sumOf, withLoss } from './results.ts';
import type { GuestCommand } from './vm/guestCommand.ts';
import { machineOf } from './vm/machine.ts';

const MINUTE = 60_000;
/** What any guest may take, ... */
const LEAST_MINUTES = 20;
/** ... and each of its suites: no suite takes longer, but by emulation some do for most of that. */
const SUITE_MINUTES = 12;

/** What a guest's run left. */
export interface GuestRun {
  /** What it printed: its console, then its tests. */
  readonly log: string;
  readonly seconds: number;
  readonly results: LabResults;
}

/**
 * Boots one guest, as often as its machine says, has it run these suites of the checkout, and takes what they left.
 *
 * @param processors those that it runs on
 */
export async function runGuest(
  image: GuestImage,
  checkout: string,
  { machine, suites }: Share,
  processors: readonly number[],
): Promise<GuestRun> {
  const out = await mkdtemp(join(tmpdir(), 'scoria-lab-'));
  // Also when a signal ends this process, which runs no `finally`.
  process.once('exit', () => rmSync(out, { recursive: true, force: true }));
  await writeFile(join(out, 'arguments'), `${suites.join('\n')}\n`);
  const { command, boots = 1 } = machineOf(machine);
  const runs: GuestRun[] = [];
  for (let boot = 1; boot <= boots; boot += 1) {
    const guest = pinned(await command(image, { checkout, out, boot }), processors);
    runs.push(await bootOnce(guest, out, deadlineFor(suites.length)));
  }
  return {
    log: runs.map(({ log }) => log).join('\n'),
    seconds: runs.reduce((sum, { seconds }) => sum + seconds, 0),
    results: sumOf(runs.map(({ results }) => results)),
  };
}

/**
 * The guest on these processors alone. User-Mode Linux goes from one process of the host to another and back for every system call: on
 * two processors, each of which has to be woken for that, it is several times as slow as on one.
 */
function pinned({ program, argv, env }: GuestCommand, processors: readonly number[]): GuestCommand {
  return {
    program: 'taskset',
    argv: ['--cpu-list', processors.join(','), program, ...argv],
    ...(env && { env }),
  };
}

/** How long a guest with so many suites may take, in ms. */
export function deadlineFor(suites: number): number {
  return Math.max(LEAST_MINUTES, suites * SUITE_MINUTES) * MINUTE;
}

/**
 * Starts the guest once, and waits until it powers off. One that does not within `deadlineMs` is killed and counts as a failure; what it
 * printed and reported until then is kept.
 */
export async function bootOnce(
  { program, argv, env }: GuestCommand,
  out: string,
  deadlineMs: number,
): Promise<GuestRun> {
  const left = ['serial.log', 'output.log', 'results.json', 'exit'].map((name) => join(out, name));
  // What an earlier boot left says nothing about this one.
  for (const path of left) rmSync(path, { force: true });
  const started = performance.now();
  const printed = await run(program, argv, { ...(env && { env }), deadlineMs, exitCodes: 'any' }).catch(
    (error: unknown) => {
      if (error instanceof CommandError) return error;
      throw error;
    },
  );
  const console =
    printed instanceof CommandError
      ? printed.transcript.flatMap(({ stdoutTail, stderrTail }) => [stdoutTail, stderrTail])
      : [printed.stdout, printed.stderr];
  const logs = left.slice(0, 2).filter((path) => existsSync(path));
  const texts = await Promise.all(logs.map((path) => readFile(path, 'utf8')));
  const results = await readResults(join(out, 'results.json'));
  const loss =
    printed instanceof DeadlineError
      ? `a guest did not power off within ${deadlineMs / MINUTE} min and was killed`
      : printed instanceof CommandError
        ? `a guest came to grief: ${printed.message}`
        : await failureOutsideTests(join(out, 'exit'), results);
  return {
    log: [...console, ...texts].map((text) => text.trimEnd()).join('\n'),
    seconds: Math.round((performance.now() - started) / 1000),
    results: loss === undefined ? results : withLoss(results, loss),
  };
}

/** What the guest's test runner says with its exit code alone: an error outside of every test is in no report. */
async function failureOutsideTests(file: string, { failed }: LabResults): Promise<string | undefined> {
  if (failed > 0) return undefined;
  if (!existsSync(file)) return 'a guest did not say how its test run ended';
  const code = (await readFile(file, 'utf8')).trim();
  return code === '0' ? undefined : `a guest's test run ended with ${code}, though no test failed`;
}
