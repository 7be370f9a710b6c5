import { closeSync, fstatSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  AbortedError,
  InvalidArgumentError,
  NotStartedError,
  OutputLimitError,
  ProcessExecutionError,
  ProgramNotFoundError,
  run,
} from '../src/index.ts';
import { fixture, node, rejection, temporaryDirectory } from './harness.ts';

describe('run', () => {
  it('hands over arguments unchanged, with no shell in between', async () => {
    const args = ['a b', '$HOME', '`id`', ';', '*', '', "'", '\n', '-n'];
    const { stdout } = await run(node, [fixture('echo-args.mjs'), ...args, 42]);
    expect(JSON.parse(stdout).args).toEqual([...args, '42']);
  });

  it('gives a minimal environment and an empty stdin', async () => {
    process.env['HOST_EXEC_LEAK'] = 'yes';
    const { stdout } = await run(node, [fixture('echo-args.mjs')], { env: { EXTRA: '1' } });
    delete process.env['HOST_EXEC_LEAK'];
    expect(JSON.parse(stdout)).toMatchObject({
      input: '',
      env: { LC_ALL: 'C', EXTRA: '1', PATH: expect.stringContaining('/usr/sbin') },
    });
    expect(JSON.parse(stdout).env).not.toHaveProperty('HOST_EXEC_LEAK');
    expect(Object.keys(JSON.parse(stdout).env).sort()).toEqual(['EXTRA', 'LC_ALL', 'PATH']);
  });

  it('writes input to stdin', async () => {
    const { stdout } = await run(node, [fixture('echo-args.mjs')], { input: 'für\n' });
    expect(JSON.parse(stdout).input).toBe('für\n');
  });

  it('survives a program that does not read its input', async () => {
    const result = await run('true', [], { input: 'x'.repeat(4 << 20) });
    expect(result.exitCode).toBe(0);
  });

  it('hands over open descriptors, and keeps its own', async () => {
    const path = join(temporaryDirectory(), 'handed-over');
    writeFileSync(path, 'by descriptor');
    const fd = openSync(path, 'r');
    try {
      rmSync(path);
      const { stdout } = await run('cat', ['/proc/self/fd/4'], { fds: [fd, fd], input: 'unread' });
      expect(stdout).toBe('by descriptor');
      expect(fstatSync(fd).size).toBe(13);
    } finally {
      closeSync(fd);
    }
    expect(await rejection(run('true', [], { fds: [-1] }))).toBeInstanceOf(InvalidArgumentError);
  });

  it('shows output while the command runs, and survives a watcher that throws', async () => {
    const end = new AbortController();
    const shown: string[] = [];
    const running = run('sh', ['-c', 'printf first; exec sleep 30'], {
      signal: end.signal,
      killGraceMs: 0,
      onStdout: (text) => {
        shown.push(text);
        end.abort();
        throw new Error('a watcher of no use');
      },
    });
    expect(await rejection(running)).toBeInstanceOf(AbortedError);
    expect(shown).toEqual(['first']);
    const { stdout } = await run('printf', ['kept'], {
      onStdout: () => {
        throw new Error('a watcher of no use');
      },
    });
    expect(stdout).toBe('kept');
  });

  it('returns output as it was printed', async () => {
    const { stdout, stderr, exitCode, transcript } = await run(node, [
      fixture('exit-with.mjs'),
      0,
      'warn\n\n',
      ' out \n',
    ]);
    expect({ stdout, stderr, exitCode }).toEqual({ stdout: ' out \n', stderr: 'warn\n\n', exitCode: 0 });
    expect(transcript).toMatchObject([{ outcome: 'ok', exitCode: 0, stdoutTail: ' out \n' }]);
  });

  it.each([
    { exitCodes: 5, code: 5 },
    { exitCodes: [0, 5], code: 5 },
    { exitCodes: 'any' as const, code: 5 },
  ])('accepts exit code $code when allowed: $exitCodes', async ({ exitCodes, code }) => {
    const result = await run(node, [fixture('exit-with.mjs'), code], { exitCodes });
    expect(result.exitCode).toBe(5);
  });

  it.each([{ exitCodes: 0 }, { exitCodes: [0, 6] }, {}])(
    'refuses exit code 5 when allowed: $exitCodes',
    async (options) => {
      const error = await rejection(
        run(node, [fixture('exit-with.mjs'), 5, 'bad thing', 'half done'], {
          ...options,
          description: 'making a thing',
        }),
      );
      expect(error).toBeInstanceOf(ProcessExecutionError);
      expect(error).toMatchObject({
        code: 'PROCESS_EXECUTION',
        exitCode: 5,
        signal: null,
        stdout: 'half done',
        stderr: 'bad thing',
        description: 'making a thing',
        cmd: [node, fixture('exit-with.mjs'), '5', 'bad thing', 'half done'],
        transcript: [{ outcome: 'exit-code', exitCode: 5, stderrTail: 'bad thing' }],
      });
      expect(String(error)).toMatch(/making a thing: .* exit code 5: bad thing/);
    },
  );

  it('tells death by a signal from an exit code', async () => {
    const error = await rejection(run('sh', ['-c', 'kill -KILL $$'], { exitCodes: [0, 137] }));
    expect(error).toMatchObject({ code: 'PROCESS_EXECUTION', exitCode: null, signal: 'SIGKILL' });
  });

  it('says when a program is not there', async () => {
    expect(await rejection(run('no-such-program-anywhere', []))).toBeInstanceOf(ProgramNotFoundError);
    expect(await rejection(run('/nonexistent/program', ['x']))).toMatchObject({
      code: 'PROGRAM_NOT_FOUND',
      cmd: ['/nonexistent/program', 'x'],
    });
  });

  it('says when a program cannot be started', async () => {
    const error = await rejection(run(fixture('exit-with.mjs'), []));
    expect(error).toBeInstanceOf(NotStartedError);
    expect(error).toMatchObject({ errno: 'EACCES' });
  });

  it('ends a program that prints for ever, with a bounded record of it', async () => {
    const error = await rejection(run(node, [fixture('print-forever.mjs')], { maxBuffer: 1 << 20 }));
    expect(error).toBeInstanceOf(OutputLimitError);
    expect(JSON.stringify(error).length).toBeLessThan(20_000);
  });

  it.each([
    { deadlineMs: 0 },
    { deadlineMs: Number.POSITIVE_INFINITY },
    { deadlineMs: 2 ** 31 },
    { killGraceMs: -1 },
    { deadlineMs: 1.5 },
  ])('refuses %o', async (options) => {
    expect(await rejection(run('true', [], options))).toBeInstanceOf(InvalidArgumentError);
  });

  it('reports each attempt to onRecord', async () => {
    const outcomes: string[] = [];
    await run('true', [], { onRecord: (record) => outcomes.push(record.outcome) });
    expect(outcomes).toEqual(['ok']);
  });
});
