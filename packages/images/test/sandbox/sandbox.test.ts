import { chmodSync, chownSync, closeSync, openSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { run } from '@scoria/host-exec';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Place, SandboxLimits } from '../../src/sandbox/sandbox.ts';
import { type ConfinedCommand, Sandbox } from '../../src/sandbox/sandbox.ts';
import { rejection, temporaryDirectory } from '../support/files.ts';

const MIB = 1024 * 1024;
const limits: SandboxLimits = { cpuSeconds: 20, addressSpaceBytes: 2 ** 34, fileBytes: MIB };
const isRoot = process.geteuid?.() === 0;
if (!isRoot) console.warn('SKIPPED the sandbox of a service that is root: the tests are run by another user');

function place(path: string, access: Place['access']): Place {
  const fd = openSync(path, access === 'read' ? 'r' : 'r+');
  onTestFinished(() => closeSync(fd));
  return { path, fd, access };
}

/** Runs a command of a shell in the sandbox: only here, to look around. */
async function inside(
  sandbox: Sandbox,
  script: string,
  places: Readonly<Record<string, Place>> = {},
  changed: Partial<SandboxLimits> = {},
  fds: readonly number[] = [],
): Promise<string> {
  const command: ConfinedCommand = await sandbox.confine({
    program: 'sh',
    args: (paths) => ['-c', script, 'sh', ...Object.values(paths)],
    places,
    fds,
    limits: { ...limits, ...changed },
  });
  return (await run(command.program, command.args, { fds: command.fds, deadlineMs: 30_000 })).stdout;
}

describe.skipIf(!isRoot)('the sandbox of a service that is root', () => {
  const sandbox = new Sandbox();

  it('is nobody, with no groups, no new privileges and one capability', async () => {
    expect(await sandbox.level()).toBe('nobody');
    expect(await inside(sandbox, 'id -u; id -g; id -G')).toBe('65534\n65534\n65534\n');
    const dump = await inside(sandbox, 'setpriv --dump');
    expect(dump).toMatch(/^no_new_privs: 1$/m);
    expect(dump).toMatch(/^Capability bounding set: dac_override$/m);
  });

  it('shows nothing of the host but the system and what was given', async () => {
    const directory = temporaryDirectory();
    const path = join(directory, 'given');
    writeFileSync(path, 'given');
    const seen = await inside(sandbox, 'ls -A / /etc /dev; cat "$1"', { given: place(path, 'read') });
    expect(seen).toContain('given');
    for (const hidden of [
      'root',
      'home',
      'proc',
      'sys',
      'var',
      'tmp',
      'work',
      'passwd',
      'shadow',
      'vda',
      'mem',
    ])
      expect(seen.split(/\s/)).not.toContain(hidden);
    const error = await rejection(inside(sandbox, `cat ${path}`));
    expect(String(error)).toContain('No such file or directory');
  });

  it('reads what belongs to somebody else, and writes only what was given to write', async () => {
    const directory = temporaryDirectory();
    const image = join(directory, 'image');
    const volume = join(directory, 'volume');
    for (const path of [image, volume]) writeFileSync(path, 'as it was');
    chownSync(image, 4242, 4242);
    for (const path of [image, volume]) chmodSync(path, 0o600);
    const places = { image: place(image, 'read'), volume: place(volume, 'write') };
    await inside(sandbox, 'cat "$1" > "$2"; printf more >> "$2"', places);
    expect(readFileSync(volume, 'utf8')).toBe('as it wasmore');
    expect(String(await rejection(inside(sandbox, 'echo x > "$1"', places)))).toContain(
      'Read-only file system',
    );
    expect(String(await rejection(inside(sandbox, 'echo x > /new', places)))).toContain(
      'Read-only file system',
    );
    expect(readFileSync(image, 'utf8')).toBe('as it was');
    expect(statSync(image).uid).toBe(4242);
  });

  it('has no network', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const open = `perl -e 'use IO::Socket::INET; print IO::Socket::INET->new("127.0.0.1:${port}") ? "in" : "out"'`;
    expect(await inside(sandbox, open)).toBe('out');
  });

  it('sees no other process, and ends with its parent', async () => {
    const error = await rejection(inside(sandbox, `kill -0 ${process.pid}`));
    expect(String(error)).toMatch(/No such process|not permitted/);
  });
});

describe.each<{ name: string; sandbox: Sandbox }>([
  { name: 'the best sandbox of this host', sandbox: new Sandbox() },
  { name: 'limits alone', sandbox: new Sandbox('limits') },
])('$name', ({ sandbox }) => {
  it('hands descriptors and places over, in an environment of its own', async () => {
    const path = join(temporaryDirectory(), 'file');
    writeFileSync(path, 'bytes');
    const given = place(path, 'read');
    process.env['IMAGES_LEAK'] = 'yes';
    onTestFinished(() => void delete process.env['IMAGES_LEAK']);
    const printed = await inside(sandbox, 'cat <&3; cat "$1"; env', { given }, {}, [place(path, 'read').fd]);
    expect(printed).toContain('bytesbytes');
    expect(printed).not.toContain('IMAGES_LEAK');
  });

  it('ends what takes too much time', async () => {
    const error = await rejection(inside(sandbox, 'while :; do :; done', {}, { cpuSeconds: 1 }));
    expect(error).toMatchObject({ code: 'PROCESS_EXECUTION' });
  });

  it('lets no file grow past its limit', async () => {
    const path = join(temporaryDirectory(), 'file');
    writeFileSync(path, '');
    const growing = inside(sandbox, 'dd if=/dev/null of="$1" bs=1 seek=2000000 2>&1', {
      file: place(path, 'write'),
    });
    expect(await rejection(growing)).toMatchObject({ code: 'PROCESS_EXECUTION' });
    expect(statSync(path).size).toBe(0);
  });

  it('gives no more memory than allowed', async () => {
    const hungry = `perl -e 'my $all = "x" x (200 * 1024 * 1024); print length $all'`;
    expect(await inside(sandbox, hungry)).toBe('209715200');
    const error = await rejection(inside(sandbox, hungry, {}, { addressSpaceBytes: 100 * MIB }));
    expect(error).toMatchObject({ code: 'PROCESS_EXECUTION' });
  });
});
