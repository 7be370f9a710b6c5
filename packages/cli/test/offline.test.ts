import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { exitCodes } from '../src/exitCodes.ts';
import { VERSION } from '../src/version.ts';
import { scoria } from './fixtures/scoria.ts';

describe('the command without a service', () => {
  it('shows every exit code in its help', async () => {
    const { code, stdout } = await scoria(['--help']);
    expect(code).toBe(0);
    for (const each of Object.values(exitCodes)) expect(stdout).toMatch(new RegExp(`^ +${each} {2}\\S`, 'm'));
  });

  it('has the version of its package', async () => {
    const manifest = JSON.parse(await readFile(join(import.meta.dirname, '../package.json'), 'utf8'));
    expect(VERSION).toBe(manifest.version);
    expect(await scoria(['--version'])).toMatchObject({ code: 0, stdout: `${VERSION}\n` });
  });

  it.each([
    [['volumee'], /Did you mean volume/],
    [['volume', 'creat'], /Did you mean create/],
    [['volume', 'create', 'x', '--size', '0'], /whole GiB/],
    [['volume', 'create', 'x', '--size', '1.5'], /whole GiB/],
    [['volume', 'create', 'x', '--size', '9007199254740992'], /whole GiB/],
    [['volume', 'create', 'x'], /Give --size/],
    [['volume', 'create', 'x', '--property', 'novalue'], /key=value/],
    [['volume', 'show'], /missing required argument/],
    [['volume', 'attach', 'x', '--initiator', 'magic'], /Allowed choices/],
    [['volume', 'list', '--timeout', '-1'], /seconds/],
    [['volume', 'list', '--url', 'nonsense'], /not a URL/],
    [['volume', 'list', '--token-file', '/nonexistent/token'], /token file/],
    [['completion', 'tcsh'], /Allowed choices/],
  ])('answers %j with usage and code 2', async (args, message) => {
    const { code, stderr, stdout } = await scoria(args);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(message);
  });

  it.each([[['volume']], [['volumee', 'list']], [['volume', 'show']], [['volume', 'list', '--bogus']]])(
    'says what is wrong with %j as JSON when asked to',
    async (args) => {
      const { code, stderr, stdout } = await scoria([...args, '--json']);
      expect([code, stdout]).toEqual([2, '']);
      expect(JSON.parse(stderr)).toMatchObject({ error: { exit: 2, kind: 'usage' } });
    },
  );

  it('does not let a message draw on the terminal', async () => {
    const { code, stderr } = await scoria(['volume', 'list', '--socket', '/nonexistent/\u001b[2J']);
    expect(code).toBe(4);
    expect(stderr).toContain('\\u001b[2J');
    expect(stderr).not.toContain('\u001b');
  });

  it('says that the service is not there, where it looked and what to do', async () => {
    const { code, stderr } = await scoria(['volume', 'list', '--socket', '/nonexistent/api.sock']);
    expect(code).toBe(4);
    expect(stderr).toMatch(
      /Cannot reach the service at \/nonexistent\/api\.sock: there is no such socket\.\n.*scoria serve/,
    );
    expect((await scoria(['volume', 'list', '--url', 'http://127.0.0.1:1'])).code).toBe(4);
  });

  it('answers a wrong configuration with code 8 and its place', async () => {
    const { code, stderr } = await scoria(['config', 'check', '--config', '/nonexistent.yaml']);
    expect([code, stderr]).toEqual([8, expect.stringContaining('/nonexistent.yaml: does not exist')]);
  });

  it('checks what the host has', async () => {
    const { stdout } = await scoria(['doctor', '--json']);
    expect(JSON.parse(stdout)).toContainEqual(expect.objectContaining({ check: 'node', state: 'ok' }));
  });
});
