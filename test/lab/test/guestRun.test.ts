import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryDirectory } from '@scoria-test/support';
import { expect, onTestFinished, test } from 'vitest';
import { bootOnce, deadlineFor, type GuestRun } from '../src/guestRun.ts';
import { resultLines } from '../src/results.ts';

/** Runs a shell script as the guest, in the directory that it shares with its host. */
async function bootScript(script: string, deadlineMs = 60_000): Promise<GuestRun> {
  const directory = await temporaryDirectory('scoria-guest-');
  onTestFinished(() => directory[Symbol.asyncDispose]());
  writeFileSync(join(directory.path, 'output.log'), 'of an earlier boot');
  const argv = ['-c', `cd "$0"; ${script}`, directory.path];
  return bootOnce({ program: 'sh', argv }, directory.path, deadlineMs);
}

const report = JSON.stringify({
  testResults: [
    { name: 'a.lab.ts', status: 'passed', assertionResults: [{ fullName: 'one', status: 'passed' }] },
  ],
});

test("a guest's console, its tests' output and their report are taken, and nothing of an earlier boot", async () => {
  const guest = await bootScript(
    `echo booted; echo serial > serial.log; echo tested > output.log; echo '${report}' > results.json; echo 0 > exit; exit 3`,
  );
  expect(guest.log.split('\n').filter(Boolean)).toEqual(['booted', 'serial', 'tested']);
  expect(resultLines(guest.results)).toEqual(['1 passed, 0 failed, 0 skipped']);
  expect((await bootScript('echo booted')).log).not.toMatch('earlier');
});

test('a guest that hangs is killed, counts as one failure, and shows how far it came', async () => {
  const guest = await bootScript('echo booted; echo serial > serial.log; sleep 60', 3_000);
  expect(guest.log).toMatch(/booted\s+serial/);
  const lines = resultLines(guest.results);
  expect(lines[0]).toMatch(/did not power off within .* and was killed/);
  expect(lines.at(-1)).toBe('0 passed, 1 failed, 0 skipped');
});

test('a guest that hangs after its tests were reported keeps them, and still is a failure', async () => {
  const guest = await bootScript(`echo '${report}' > results.json; sleep 60`, 3_000);
  expect(resultLines(guest.results).at(-1)).toBe('1 passed, 1 failed, 0 skipped');
});

test('a guest that prints without end is killed and keeps what it reported', async () => {
  const guest = await bootScript(`echo '${report}' > results.json; yes | head -c 20000000; sleep 60`);
  const lines = resultLines(guest.results);
  expect(lines[0]).toMatch(/came to grief: .*printed more than/);
  expect(lines.at(-1)).toBe('1 passed, 1 failed, 0 skipped');
});

test('a guest whose program is not there counts as one failure', async () => {
  const guest = await bootOnce({ program: '/nowhere/kernel', argv: [] }, '/nowhere', 60_000);
  expect(resultLines(guest.results).at(-1)).toBe('0 passed, 1 failed, 0 skipped');
});

test.each([
  { what: 'with 0 counts as it reported', exit: 'echo 0 > exit', totals: '1 passed, 0 failed, 0 skipped' },
  {
    what: 'with an error outside of its tests',
    exit: 'echo 1 > exit',
    totals: '1 passed, 1 failed, 0 skipped',
  },
])('a test run that ends $what', async ({ exit, totals }) => {
  const guest = await bootScript(`echo '${report}' > results.json; ${exit}`);
  expect(resultLines(guest.results).at(-1)).toBe(totals);
});

test.each([
  { suites: 1, minutes: 20 },
  { suites: 9, minutes: 108 },
])('a guest with $suites suites has $minutes min', ({ suites, minutes }) => {
  expect(deadlineFor(suites)).toBe(minutes * 60_000);
});
