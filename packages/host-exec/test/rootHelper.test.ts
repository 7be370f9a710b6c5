import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { defaultRootHelper, run } from '../src/index.ts';
import { fixture, isRunning, node, pidIn, rejection, temporaryDirectory } from './harness.ts';

describe('root helper', () => {
  it('is nothing for root and sudo -n for others', () => {
    expect(defaultRootHelper(0)).toEqual([]);
    expect(defaultRootHelper(1000)).toEqual(['sudo', '-n']);
  });

  it('stands in front of the command only when asked', async () => {
    const rootHelper = [fixture('root-helper'), '-n'];
    const without = await run('echo', ['hi'], { rootHelper });
    expect(without).toMatchObject({ stdout: 'hi\n', stderr: '' });
    const withIt = await run('echo', ['hi'], { asRoot: true, rootHelper });
    expect(withIt).toMatchObject({ stdout: 'hi\n', stderr: 'as root: -n echo hi\n' });
    expect(withIt.transcript[0]?.argv).toEqual([...rootHelper, 'echo', 'hi']);
  });

  it('dies with its command', async () => {
    const pidFile = join(temporaryDirectory(), 'pid');
    const abort = new AbortController();
    const running = rejection(
      run(node, [fixture('ignore-sigterm.mjs'), pidFile], {
        asRoot: true,
        rootHelper: [fixture('root-helper'), '-n'],
        signal: abort.signal,
        killGraceMs: 100,
      }),
    );
    const pid = await pidIn(pidFile);
    abort.abort();
    expect(await running).toMatchObject({ code: 'ABORTED', leftRunning: false });
    expect(isRunning(pid)).toBe(false);
  });
});
