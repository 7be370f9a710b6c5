import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import {
  buildArgv,
  InvalidArgumentError,
  makeRedactor,
  run,
  SecretInArgvError,
  withSecretFile,
} from '../src/index.ts';
import { BrandedSecret, fixture, node, rejection, temporaryDirectory } from './harness.ts';

const CANARY = 'c4n4ry-s3cr3t';
const secret = new BrandedSecret(CANARY);

describe('buildArgv', () => {
  it('keeps strings and numbers', () => {
    expect(buildArgv('tool', ['a', 1, -2.5, ''])).toEqual(['tool', 'a', '1', '-2.5', '']);
  });

  it('refuses a branded secret', () => {
    expect(() => buildArgv('tool', ['-p', secret])).toThrow(SecretInArgvError);
    expect(() => buildArgv('tool', ['-p', secret])).toThrow('argument 2 of tool is a secret');
  });

  it.each([[CANARY], [`--password=${CANARY}`], [`user%${CANARY}@host`]])(
    'refuses %s when it is a registered secret',
    (arg) => {
      expect(() => buildArgv('tool', [arg], [secret])).toThrow(SecretInArgvError);
      expect(() => buildArgv('tool', [arg], [CANARY])).toThrow(SecretInArgvError);
      expect(() => buildArgv(arg, [], [CANARY])).toThrow(SecretInArgvError);
    },
  );

  it('refuses short and numeric secrets only as whole arguments', () => {
    expect(() => buildArgv('tool', ['ab'], ['ab'])).toThrow(SecretInArgvError);
    expect(() => buildArgv('tool', [123456], ['123456'])).toThrow(SecretInArgvError);
    expect(buildArgv('tool', ['table'], ['ab', ''])).toEqual(['tool', 'table']);
  });

  it.each([[undefined], [null], [true], [Number.NaN], [['a']], [{}], ['a\0b']])('refuses %o', (arg) => {
    expect(() => buildArgv('tool', [arg])).toThrow(InvalidArgumentError);
  });
});

describe('secrets of a command', () => {
  it('never lets one into argv, helper or environment', async () => {
    const secrets = [secret];
    expect(await rejection(run('echo', [CANARY], { secrets }))).toBeInstanceOf(SecretInArgvError);
    expect(await rejection(run('echo', [CANARY], { input: secret }))).toBeInstanceOf(SecretInArgvError);
    expect(await rejection(run('true', [], { secrets, env: { PASSWORD: CANARY } }))).toBeInstanceOf(
      SecretInArgvError,
    );
    expect(
      await rejection(run('true', [], { secrets, asRoot: true, rootHelper: ['sudo', CANARY] })),
    ).toBeInstanceOf(SecretInArgvError);
  });

  it('hands one over on stdin', async () => {
    const { stdout } = await run('cat', [], { input: secret });
    expect(stdout).toBe(CANARY);
  });

  it('masks it in everything an error or a record shows', async () => {
    const records: unknown[] = [];
    const script = 'IFS= read -r s; echo "out $s"; echo "err $s" >&2; exit 1';
    const error = await rejection(
      run('sh', ['-c', script], {
        input: secret,
        description: `for ${CANARY}`,
        onRecord: (record) => records.push(record),
      }),
    );
    expect(error).toMatchObject({ stderr: 'err [secret]\n', stdout: 'out [secret]\n' });
    const seen =
      inspect(error, { depth: null, showHidden: true }) +
      JSON.stringify(error) +
      String(error) +
      inspect(records, { depth: null });
    expect(seen).not.toContain(CANARY);
  });

  it('is not cut in half by the tail of a transcript', async () => {
    const script = `IFS= read -r s; printf '%s' "$s" >&2; head -c 4090 /dev/zero | tr '\\0' x >&2; exit 1`;
    const error = await rejection(run('sh', ['-c', script], { input: secret }));
    expect(inspect(error, { depth: null, maxStringLength: null })).not.toContain(CANARY.slice(-6));
  });
});

describe('makeRedactor', () => {
  it('masks the longest first and ignores empty ones', () => {
    expect(makeRedactor(['abc', 'abcdef', ''])('abcdef abc ab')).toBe('[secret] [secret] ab');
  });
});

describe('withSecretFile', () => {
  it('gives a private file and removes it', async () => {
    const directory = temporaryDirectory();
    let path = '';
    const read = await withSecretFile(
      secret,
      async (file) => {
        path = file;
        expect(statSync(file).mode & 0o777).toBe(0o600);
        expect(statSync(dirname(file)).mode & 0o777).toBe(0o700);
        return readFileSync(file, 'utf8');
      },
      directory,
    );
    expect(read).toBe(CANARY);
    expect(path.startsWith(directory)).toBe(true);
    expect(existsSync(dirname(path))).toBe(false);
  });

  it('removes it when its use fails', async () => {
    let path = '';
    const error = await rejection(
      withSecretFile(CANARY, async (file) => {
        path = file;
        await run(node, [fixture('exit-with.mjs'), 1]);
      }),
    );
    expect(error).toMatchObject({ code: 'PROCESS_EXECUTION' });
    expect(existsSync(dirname(path))).toBe(false);
  });
});
