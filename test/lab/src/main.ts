/**
 * Boots the lab's guests and runs the suites in them: `npm run test:lab [-- NAME… | --gate]`. Ends with the line the gate reads.
 */
import { join, resolve } from 'node:path';
import { divideSuites, type Share } from './divideSuites.ts';
import { gateSuites } from './gateSuites.ts';
import { runGuest } from './guestRun.ts';
import { type GuestImage, guestImage } from './image/image.ts';
import { missingPrograms } from './missing.ts';
import { onProcessors } from './onProcessors.ts';
import { ownProcessors } from './ownProcessors.ts';
import { type LabResults, resultLines, sumOf, withLoss } from './results.ts';
import { machineOf } from './vm/machine.ts';

/** More guests than this cost more starts than they save time. */
const MOST_GUESTS = 4;
/** Memory that a guest of User-Mode Linux may take, and the host needs beside it, in bytes. */
const GUEST_BYTES = 3 * 2 ** 30;
const checkout = resolve(import.meta.dirname, '../../..');
const say = (text: string): void => console.error(`lab: ${text}`);

// An exit ends what runs; a signal's default would leave the guest behind.
for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)
  process.once(signal, () => process.exit(code));

const missing = missingPrograms();
if (missing.length > 0) skipLab(`this machine has no ${missing.join(', ')}`);
else {
  const image = await guestImage(join(checkout, '.cache/lab'), say).catch((error: unknown) => {
    // A machine without the right to mount, or without Debian's packages: no fault of what the lab would test.
    skipLab(
      `its guest's image cannot be made here: ${error instanceof Error ? error.message : String(error)}`,
    );
    return undefined;
  });
  if (image !== undefined) process.exitCode = await runLab(image);
}

function skipLab(why: string): void {
  console.log(`skipped: the kernel lab: ${why}`);
  console.log('0 passed, 0 failed, 1 skipped');
}

async function runLab(image: GuestImage): Promise<number> {
  const names = process.argv.slice(2);
  const wanted = names.includes('--gate') ? gateSuites : names;
  const processors = ownProcessors();
  const fitting = Math.floor(process.availableMemory() / GUEST_BYTES);
  const usermode = Math.max(1, Math.min(processors.length, MOST_GUESTS, fitting));
  const shares = divideSuites(checkout, wanted, { emulated: 1, rebooted: 1, usermode });
  say(`${shares.length} guest(s) to run on ${processors.length} processor(s)`);
  const needOf = ({ machine }: Share): number => machineOf(machine).processors;
  const all = await onProcessors(shares, processors, needOf, (share, own) =>
    runShare(image, share, own).catch(notStarted),
  );
  const results = sumOf(all);
  for (const line of resultLines(results)) console.log(line);
  return results.failed > 0 || results.passed + results.skipped.length === 0 ? 1 : 0;
}

async function runShare(image: GuestImage, share: Share, own: readonly number[]): Promise<LabResults> {
  const skipped = await skippedHere(image, share);
  if (skipped.length > 0) return { passed: 0, failed: 0, skipped, lost: [] };
  const { log, seconds, results } = await runGuest(image, checkout, share, own);
  console.log(log);
  say(`the ${share.machine} guest with ${share.suites.length} suites ran for ${seconds} s`);
  return results;
}

/** What stands for a guest that could not be run: the others go on. */
function notStarted(error: unknown): LabResults {
  return withLoss({ passed: 0, failed: 0, skipped: [], lost: [] }, `a guest was not run: ${error}`);
}

/** What stands for the tests of a guest that this machine cannot run; empty when it can. */
async function skippedHere(image: GuestImage, { machine, suites }: Share): Promise<string[]> {
  const why = await machineOf(machine).whyNot?.(image);
  return why === undefined ? [] : suites.map((path) => `${path}: ${why}`);
}
