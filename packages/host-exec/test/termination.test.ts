import { execFile } from 'node:child_process';
import { getEventListeners } from 'node:events';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { AbortedError, DeadlineError, run } from '../src/index.ts';
import { fixture, isRunning, node, pidIn, rejection, temporaryDirectory, until } from './harness.ts';

describe('termination', () => {
  it('ends a program at its deadline by SIGTERM', async () => {
    const started = performance.now();
    const error = await rejection(run('sleep', ['60'], { deadlineMs: 200 }));
    expect(error).toBeInstanceOf(DeadlineError);
    expect(error).toMatchObject({
      deadlineMs: 200,
      leftRunning: false,
      transcript: [{ outcome: 'deadline', signal: 'SIGTERM' }],
    });
    expect(performance.now() - started).toBeLessThan(3000);
  });

  it('kills a program that ignores SIGTERM', async () => {
    const pidFile = join(temporaryDirectory(), 'pid');
    const error = await rejection(
      run(node, [fixture('ignore-sigterm.mjs'), pidFile], { deadlineMs: 1500, killGraceMs: 200 }),
    );
    expect(error).toMatchObject({
      code: 'DEADLINE',
      leftRunning: false,
      transcript: [{ signal: 'SIGKILL', stdoutTail: 'ignored\n' }],
    });
    expect(isRunning(await pidIn(pidFile))).toBe(false);
  });

  it('kills grandchildren that outlive the program and ignore SIGTERM', async () => {
    const pidFile = join(temporaryDirectory(), 'pid');
    const abort = new AbortController();
    const running = rejection(
      run(node, [fixture('spawn-grandchild.mjs'), pidFile, 'group'], {
        signal: abort.signal,
        killGraceMs: 200,
      }),
    );
    const grandchild = await pidIn(pidFile);
    expect(isRunning(grandchild)).toBe(true);
    abort.abort(new Error('enough'));
    const error = await running;
    expect(error).toBeInstanceOf(AbortedError);
    expect(error).toMatchObject({ leftRunning: false, cause: new Error('enough') });
    expect(isRunning(grandchild)).toBe(false);
  });

  it('kills a grandchild that left the group, too', async () => {
    const pidFile = join(temporaryDirectory(), 'pid');
    const abort = new AbortController();
    const running = rejection(
      run(node, [fixture('spawn-grandchild.mjs'), pidFile, 'session'], {
        signal: abort.signal,
        killGraceMs: 200,
      }),
    );
    const grandchild = await pidIn(pidFile);
    abort.abort();
    expect(await running).toMatchObject({ code: 'ABORTED', leftRunning: false });
    expect(isRunning(grandchild)).toBe(false);
  });

  it('does not wait for ever for a daemon that holds our pipe and holds our pipe, and says so', async () => {
    const pidFile = join(temporaryDirectory(), 'pid');
    const abort = new AbortController();
    const running = rejection(
      run(node, [fixture('spawn-grandchild.mjs'), pidFile, 'escape'], {
        signal: abort.signal,
        killGraceMs: 200,
      }),
    );
    const escaped = await pidIn(pidFile);
    onTestFinished(() => void process.kill(escaped, 'SIGKILL'));
    abort.abort();
    expect(await running).toMatchObject({ code: 'ABORTED', leftRunning: true });
  });

  it('does not start when aborted already', async () => {
    const records: unknown[] = [];
    const error = await rejection(
      run('true', [], { signal: AbortSignal.abort(), onRecord: (record) => records.push(record) }),
    );
    expect(error).toBeInstanceOf(AbortedError);
    expect(records).toEqual([]);
  });

  it('leaves no listener on the signal', async () => {
    const { signal } = new AbortController();
    const running = run('sleep', ['0.1'], { signal });
    await until(() => getEventListeners(signal, 'abort').length === 1);
    await running;
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  it('takes its commands along when the process exits', async () => {
    const pidFile = join(temporaryDirectory(), 'pid');
    await promisify(execFile)(node, ['--conditions=scoria-source', fixture('run-and-exit.ts'), pidFile]);
    const pid = await pidIn(pidFile);
    onTestFinished(() => {
      if (isRunning(pid)) process.kill(pid, 'SIGKILL');
    });
    await until(() => !isRunning(pid));
  });
});
