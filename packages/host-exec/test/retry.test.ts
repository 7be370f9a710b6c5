import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  AbortedError,
  DeadlineError,
  ProcessExecutionError,
  ProgramNotFoundError,
  run,
} from '../src/index.ts';
import { BrandedSecret, fixture, node, rejection, temporaryDirectory } from './harness.ts';

/** A clock that notes what it was asked to wait and waits not. */
function recordingSleep(): { waits: number[]; sleep: (ms: number) => Promise<void> } {
  const waits: number[] = [];
  return { waits, sleep: async (ms) => void waits.push(ms) };
}

/** A command that fails its first `times` runs. */
function failing(times: number): { args: string[]; runs: () => number } {
  const file = join(temporaryDirectory(), 'count');
  return { args: [fixture('fail-times.mjs'), file, String(times)], runs: () => readFileSync(file).length };
}

describe('retry policy (contract.md §4.2)', () => {
  it('runs once when no policy is given', async () => {
    const command = failing(1);
    expect(await rejection(run(node, command.args))).toBeInstanceOf(ProcessExecutionError);
    expect(command.runs()).toBe(1);
  });

  it('succeeds in the third attempt after waits of 1 s and 4 s', async () => {
    const { waits, sleep } = recordingSleep();
    const command = failing(2);
    const result = await run(node, command.args, { retry: { sleep } });
    expect(result.stdout).toBe('succeeded in run 3');
    expect(waits).toEqual([1000, 4000]);
    expect(result.transcript.map((record) => record.outcome)).toEqual(['exit-code', 'exit-code', 'ok']);
  });

  it('gives up after num_shell_tries attempts with the last error', async () => {
    const { waits, sleep } = recordingSleep();
    const command = failing(9);
    const error = await rejection(run(node, command.args, { retry: { tries: 4, sleep } }));
    expect(error).toMatchObject({ exitCode: 3, stderr: 'failure 4 of 9', transcript: { length: 4 } });
    expect(waits).toEqual([1000, 4000, 9000]);
    expect(command.runs()).toBe(4);
  });

  it.each([1, 0, -3])('does not retry with tries = %d', async (tries) => {
    const { waits, sleep } = recordingSleep();
    const command = failing(1);
    await rejection(run(node, command.args, { retry: { tries, sleep } }));
    expect({ runs: command.runs(), waits }).toEqual({ runs: 1, waits: [] });
  });

  it('stops at a no-retry text in stderr, case-sensitive', async () => {
    const { sleep } = recordingSleep();
    const first = failing(9);
    await rejection(run(node, first.args, { retry: { sleep, noRetry: ['nothing', 'failure 2'] } }));
    expect(first.runs()).toBe(2);
    const other = failing(9);
    await rejection(run(node, other.args, { retry: { sleep, noRetry: ['FAILURE'] } }));
    expect(other.runs()).toBe(3);
  });

  it('matches stderr only, and as it was printed', async () => {
    const { waits, sleep } = recordingSleep();
    const secret = new BrandedSecret('failure');
    const retry = { sleep, noRetry: ['failure 1'] };
    await rejection(run(node, failing(9).args, { retry, secrets: [secret] }));
    expect(waits).toEqual([]);
    await rejection(run(node, [fixture('exit-with.mjs'), 1, '', 'failure 1'], { retry }));
    expect(waits).toEqual([1000, 4000]);
  });

  it('retries nothing but exit codes', async () => {
    const { waits, sleep } = recordingSleep();
    expect(await rejection(run('no-such-program-anywhere', [], { retry: { sleep } }))).toBeInstanceOf(
      ProgramNotFoundError,
    );
    expect(await rejection(run('sleep', [60], { deadlineMs: 100, retry: { sleep } }))).toBeInstanceOf(
      DeadlineError,
    );
    expect(waits).toEqual([]);
  });

  it('really waits, and is aborted while it waits', { retry: 2 }, async () => {
    const abort = new AbortController();
    const started = performance.now();
    const running = rejection(
      run('false', [], {
        retry: {},
        signal: abort.signal,
        onRecord: () => setTimeout(() => abort.abort(), 300),
      }),
    );
    const error = await running;
    expect(error).toBeInstanceOf(AbortedError);
    expect(error).toMatchObject({ transcript: { length: 1 } });
    expect(performance.now() - started).toBeGreaterThan(290);
    expect(performance.now() - started).toBeLessThan(1000);
  });
});
