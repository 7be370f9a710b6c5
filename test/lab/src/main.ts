/**
 * Boots the lab's guest and runs the suites in it: `npm run test:lab [-- NAME…]`. Ends with the line the gate reads.
 */
import { existsSync, rmSync } from 'node:fs';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { run } from '@scoria/host-exec';
import { type GuestImage, guestImage } from './image/image.ts';
import { missingPrograms } from './missing.ts';
import { readResults, resultLines } from './results.ts';
import { qemuArguments } from './vm/qemuArguments.ts';

const MINUTE = 60_000;
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
  const out = await mkdtemp(join(tmpdir(), 'scoria-lab-'));
  // Also when a signal ends this process, which runs no `finally`.
  process.once('exit', () => rmSync(out, { recursive: true, force: true }));
  await writeFile(join(out, 'arguments'), `${process.argv.slice(2).join('\n')}\n`);
  say('booting');
  const { durationMs } = await run('qemu-system-x86_64', qemuArguments(image, { checkout, out }), {
    deadlineMs: 20 * MINUTE,
    exitCodes: 'any',
  });
  for (const name of ['serial.log', 'output.log']) {
    if (existsSync(join(out, name))) console.log((await readFile(join(out, name), 'utf8')).trimEnd());
  }
  say(`the guest ran for ${Math.round(durationMs / 1000)} s`);
  const results = await readResults(join(out, 'results.json'));
  for (const line of resultLines(results)) console.log(line);
  return results.failed > 0 || results.passed === 0 ? 1 : 0;
}
