import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { TaskControl } from '../src/control.ts';
import { copyRange } from '../src/copy/copyRange.ts';
import type { CopyRequest } from '../src/index.ts';
import { content, inodeOf, noise, rejection, side, writeSparse } from './files.ts';
import { attachLoop, here, mountFilesystem, noLoopDevices } from './filesystems.ts';

const MIB = 1024 * 1024;
const directory = here.path;

function file(name: string, bytes: Uint8Array): string {
  const path = join(directory, name);
  writeFileSync(path, bytes);
  return path;
}

async function failure(request: CopyRequest): Promise<unknown> {
  return rejection(copyRange(request, new TaskControl()));
}

describe('a copy that is refused', () => {
  const source = (): string => file('source', noise(4096));
  const destination = (): string => file('destination', noise(4096, 2));
  const good = (): CopyRequest => ({
    source: side(source()),
    destination: side(destination()),
    length: 4096,
  });

  it.each([
    ['a negative length', { length: -1 }],
    ['a fraction', { length: 1.5 }],
    ['2^53', { length: 2 ** 53 }],
    ['not a number', { length: Number.NaN }],
    ['an end past 2^53', { length: 2 ** 53 - 1, source: { offset: 1 } }],
    ['a relative path', { source: { path: 'source' } }],
    ['a path with NUL', { destination: { path: '/tmp/a\0b' } }],
  ])('%s', async (_, change) => {
    const request = good();
    const error = await failure({
      length: 'length' in change ? change.length : 4096,
      source: { ...request.source, ...('source' in change ? change.source : {}) },
      destination: { ...request.destination, ...('destination' in change ? change.destination : {}) },
    });
    expect(error).toMatchObject({ code: 'INVALID_REQUEST' });
  });

  it('has no source', async () => {
    const request = good();
    const error = await failure({
      ...request,
      source: { ...request.source, path: join(directory, 'nothing') },
    });
    expect(error).toMatchObject({ code: 'CANNOT_OPEN', errno: 'ENOENT', side: 'source' });
  });

  it('has no destination, and none is made', async () => {
    const path = join(directory, 'absent');
    const request = good();
    expect(await failure({ ...request, destination: { ...request.destination, path } })).toMatchObject({
      code: 'CANNOT_OPEN',
      errno: 'ENOENT',
      side: 'destination',
    });
    expect(existsSync(path)).toBe(false);
  });

  it('has a directory, a device that is no disk, or a FIFO', async () => {
    const request = good();
    const fifo = join(directory, 'fifo');
    execFileSync('mkfifo', [fifo]);
    for (const path of ['/dev/zero', fifo, '/dev']) {
      expect(await failure({ ...request, source: { ...request.source, path } })).toMatchObject({
        code: 'NOT_A_FILE_OR_DEVICE',
        side: 'source',
      });
    }
  });

  it('has the wrong file on either side, also behind a link', async () => {
    const other = file('other', noise(4096, 3));
    const link = join(directory, 'link');
    symlinkSync(other, link);
    const request = good();
    const before = content(request.destination.path);
    expect(await failure({ ...request, source: { ...request.source, path: other } })).toMatchObject({
      code: 'IDENTITY_MISMATCH',
      side: 'source',
    });
    expect(await failure({ ...request, destination: { ...request.destination, path: link } })).toMatchObject({
      code: 'IDENTITY_MISMATCH',
      side: 'destination',
    });
    expect(content(other).equals(noise(4096, 3))).toBe(true);
    expect(content(request.destination.path).equals(before)).toBe(true);
  });

  it('has a destination that is smaller by one byte', async () => {
    const small = file('small', noise(4095, 2));
    const error = await failure({ ...good(), destination: side(small) });
    expect(error).toMatchObject({ code: 'DESTINATION_TOO_SMALL', side: 'destination', path: small });
    expect(content(small).equals(noise(4095, 2))).toBe(true);
    expect(await failure({ ...good(), destination: side(destination(), 1) })).toMatchObject({
      code: 'DESTINATION_TOO_SMALL',
    });
  });

  it('has a source that is smaller by one byte', async () => {
    expect(await failure({ ...good(), source: side(source(), 1) })).toMatchObject({
      code: 'SOURCE_TOO_SMALL',
    });
  });

  it('overlaps itself', async () => {
    const path = file('self', noise(8192));
    expect(await failure({ source: side(path), destination: side(path), length: 4096 })).toMatchObject({
      code: 'OVERLAP',
    });
    expect(await failure({ source: side(path), destination: side(path, 4095), length: 4096 })).toMatchObject({
      code: 'OVERLAP',
    });
    await copyRange({ source: side(path), destination: side(path, 4096), length: 4096 }, new TaskControl());
    expect(content(path).subarray(4096).equals(noise(8192).subarray(0, 4096))).toBe(true);
  });
});

describe('a copy onto a full filesystem', () => {
  const small = mountFilesystem('tmpfs', 8);
  it.skipIf(small.skip)('is NO_SPACE with the place, and grows nothing', async () => {
    const source = file('large', noise(16 * MIB));
    const destination = join(small.path, 'destination');
    writeSparse(destination, 16 * MIB, []);
    const error = await failure({ source: side(source), destination: side(destination), length: 16 * MIB });
    expect(error).toMatchObject({ code: 'NO_SPACE', side: 'destination', errno: 'ENOSPC' });
    expect(error).toHaveProperty(
      'offset',
      expect.toSatisfy((offset: number) => offset >= 6 * MIB && offset <= 8 * MIB),
    );
    expect(statSync(destination).size).toBe(16 * MIB);
  });

  const thin = mountFilesystem('tmpfs', 8);
  it.skipIf(thin.skip ?? noLoopDevices)('is noticed at the latest when it is flushed', async () => {
    const backing = join(thin.path, 'disk');
    writeSparse(backing, 16 * MIB, []);
    const loop = attachLoop(backing);
    onTestFinished(loop.detach);
    const source = file('large', noise(16 * MIB));
    const device = { path: loop.path, identity: inodeOf(backing) };
    const error = await failure({ source: side(source), destination: device, length: 16 * MIB });
    expect(error).toMatchObject({ side: 'destination', errno: expect.stringMatching(/^(ENOSPC|EIO)$/) });
    expect(error).toMatchObject({
      code: (error as { errno: string }).errno === 'EIO' ? 'IO_ERROR' : 'NO_SPACE',
    });
  });
});

describe('a source that fails', () => {
  it.skipIf(noLoopDevices)('is IO_ERROR on that side', async () => {
    const backing = file('bad-disk', noise(8 * MIB));
    const loop = attachLoop(backing);
    onTestFinished(loop.detach);
    truncateSync(backing, 2 * MIB); // reads behind the end of the backing file fail
    const destination = file('target', Buffer.alloc(8 * MIB));
    const device = { path: loop.path, identity: inodeOf(backing) };
    const error = await failure({ source: device, destination: side(destination), length: 8 * MIB });
    expect(error).toMatchObject({ code: 'IO_ERROR', side: 'source', errno: 'EIO', doneBytes: 2 * MIB });
  });

  it('is SOURCE_CHANGED when it is cut meanwhile', async () => {
    const source = file('cut', noise(4 * MIB));
    const destination = file('cut-target', Buffer.alloc(4 * MIB));
    const control = new TaskControl();
    const advance = control.advance.bind(control);
    // The first progress is the moment between two pieces.
    control.advance = (bytes) => {
      advance(bytes);
      truncateSync(source, MIB);
    };
    const request = { source: side(source), destination: side(destination), length: 4 * MIB };
    expect(await rejection(copyRange(request, control))).toMatchObject({
      code: 'SOURCE_CHANGED',
      side: 'source',
    });
  });
});

describe('descriptors', () => {
  it('are closed after success and after failure', async () => {
    // Only those of the copy: the runner opens and closes others meanwhile.
    const openFiles = (): string[] =>
      readdirSync('/proc/self/fd')
        .map((fd) => {
          try {
            return readlinkSync(`/proc/self/fd/${fd}`);
          } catch {
            return '';
          }
        })
        .filter((path) => path.startsWith(join(directory, 'fds')));
    mkdirSync(join(directory, 'fds'));
    const source = file('fds/source', noise(4096));
    const destination = file('fds/destination', noise(4096));
    const request: CopyRequest = { source: side(source), destination: side(destination), length: 4096 };
    for (let round = 0; round < 20; round += 1) {
      await copyRange(request, new TaskControl());
      await failure({ ...request, length: 5000 });
      await failure({ ...request, destination: { ...request.destination, identity: inodeOf(source) } });
    }
    expect(openFiles()).toEqual([]);
    expect(readFileSync(destination).equals(noise(4096))).toBe(true);
  });
});
