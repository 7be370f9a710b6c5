import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { exitCodes } from '../bootstrap/exitCodes.mjs';
import { hashContents, hashStats, hasStamp, listFiles, writeStamp } from '../bootstrap/fingerprint.mjs';
import { execute, executeLogged } from '../bootstrap/run.mjs';
import { findTask, taskNames } from '../bootstrap/tasks.mjs';

const program = resolve(import.meta.dirname, '../bootstrap.mjs');
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'scoria-bootstrap-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

it.each([[], ['no-such-task'], ['constructor']])(
  'names the tasks when asked for %j',
  async (...args: string[]) => {
    const outcome = await new Promise<{ code: unknown; stderr: string }>((done) => {
      execFile(process.execPath, [program, ...args], (error, _stdout, stderr) =>
        done({ code: error?.code, stderr }),
      );
    });
    expect(outcome.code).toBe(exitCodes.usage);
    expect(outcome.stderr).toContain(taskNames().join('|'));
  },
);

it('hands the arguments of a task on', () => {
  const commands = findTask('test')?.commands(['packages/rpc', '--bail', '1']);
  expect(commands).toEqual([[expect.stringContaining('vitest'), 'run', 'packages/rpc', '--bail', '1']]);
});

it('exits as the task did, and as a shell does after a signal', async () => {
  expect(await execute(process.execPath, ['-e', 'process.exit(7)'])).toBe(7);
  expect(await execute(process.execPath, ['-e', "process.kill(process.pid, 'SIGKILL')"])).toBe(128 + 9);
});

it('keeps the end of what a failed installation printed', async () => {
  const script = "for (let i = 1; i <= 40; i++) console.log(i); console.error('why'); process.exitCode = 3;";
  const { code, tail } = await executeLogged('test-of-bootstrap', process.execPath, ['-e', script]);
  expect(code).toBe(3);
  expect(tail).toContain('why');
  expect(tail.split('\n')).toHaveLength(15);
});

it('sees a changed, added or removed source, and no change in results', async () => {
  await mkdir(join(folder, 'src'));
  await mkdir(join(folder, 'dist'));
  const file = join(folder, 'src/a.ts');
  await writeFile(file, 'a');
  const hash = () => hashStats(listFiles(folder, () => true));
  const seen = [hash()];
  await writeFile(join(folder, 'dist/a.js'), 'a');
  expect(hash()).toBe(seen[0]);
  await utimes(file, 1, 1);
  seen.push(hash());
  await writeFile(join(folder, 'src/b.ts'), 'b');
  seen.push(hash());
  await rm(file);
  seen.push(hash());
  expect(new Set(seen).size).toBe(4);
});

it('compares contents where times mean nothing', async () => {
  const file = join(folder, 'lock');
  await writeFile(file, 'a');
  const before = hashContents([file]);
  await utimes(file, 1, 1);
  expect(hashContents([file])).toBe(before);
  await writeFile(file, 'b');
  expect(hashContents([file])).not.toBe(before);
});

it('remembers what a step was done for', () => {
  const stamp = join(folder, 'deep/step.stamp');
  expect(hasStamp(stamp, 'x')).toBe(false);
  writeStamp(stamp, 'x');
  expect(hasStamp(stamp, 'x')).toBe(true);
  expect(hasStamp(stamp, 'y')).toBe(false);
});
