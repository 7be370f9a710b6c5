import { execFileSync } from 'node:child_process';
import { truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { TaskControl } from '../src/control.ts';
import { copyRange } from '../src/copy/copyRange.ts';
import { type CopyRequest, DataMover } from '../src/index.ts';
import { failingDisk, noFailingDisks } from './failingDisk.ts';
import { content, inodeOf, noise, rejection, side } from './files.ts';
import { attachLoop, here, noLoopDevices } from './filesystems.ts';

const MIB = 1024 * 1024;
const BAD = 8 * MIB + 700;

function file(name: string, bytes: Uint8Array): string {
  const path = join(here.path, name);
  writeFileSync(path, bytes);
  return path;
}

const nearBad = expect.toSatisfy((offset: number) => offset > BAD - 8 * MIB && offset <= BAD) as number;

describe.skipIf(noFailingDisks)('a disk with a bad sector', () => {
  const ways: [string, Partial<CopyRequest>][] = [
    ['by whatever is fastest', {}],
    ['through a buffer', { destinationIsZero: true }],
    ['digested', { digest: true }],
  ];

  it.each(ways)('is IO_ERROR of the source with the place, %s', async (_, way) => {
    const disk = await failingDisk(file('bad-source', noise(16 * MIB)), BAD);
    const destination = file('from-bad', Buffer.alloc(16 * MIB));
    const request = { source: side(disk.path), destination: side(destination), length: 16 * MIB, ...way };
    const error = await rejection(copyRange(request, new TaskControl()));
    expect(error).toMatchObject({ code: 'IO_ERROR', side: 'source', errno: 'EIO', offset: nearBad });
    // What lies before the bad sector can be had.
    await copyRange({ ...request, length: 8 * MIB }, new TaskControl());
    expect(
      content(destination)
        .subarray(0, 8 * MIB)
        .equals(noise(16 * MIB).subarray(0, 8 * MIB)),
    ).toBe(true);
  });

  it.each(ways)('is IO_ERROR of the destination, %s', async (_, way) => {
    const disk = await failingDisk(file('bad-destination', Buffer.alloc(16 * MIB)), BAD);
    const source = file('to-bad', noise(16 * MIB));
    const request = { source: side(source), destination: side(disk.path), length: 16 * MIB, ...way };
    expect(await rejection(copyRange(request, new TaskControl()))).toMatchObject({
      code: 'IO_ERROR',
      side: 'destination',
      errno: 'EIO',
    });
  });

  it('is IO_ERROR when a helper finds it', async () => {
    const mover = new DataMover({ maxThreads: 2, minThreads: 2, helpFromBytes: MIB });
    mover.start();
    onTestFinished(() => mover.close({ cancel: true }));
    const disk = await failingDisk(file('bad-shared', noise(16 * MIB)), BAD);
    const destination = file('from-bad-shared', Buffer.alloc(16 * MIB));
    for (let round = 0; round < 5; round += 1)
      expect(
        await rejection(
          mover.copy({ source: side(disk.path), destination: side(destination), length: 16 * MIB }),
        ),
      ).toMatchObject({ code: 'IO_ERROR', side: 'source', errno: 'EIO' });
  });

  it.each(['source', 'destination'] as const)('is IO_ERROR when the %s vanishes', async (gone) => {
    const disk = await failingDisk(file('vanishing', noise(16 * MIB)), 15 * MIB);
    const other = file('staying', noise(16 * MIB, 2));
    const mover = new DataMover({ maxThreads: 2 });
    mover.start();
    onTestFinished(() => mover.close({ cancel: true }));
    const there = side(disk.path);
    let vanished: Promise<void> | undefined;
    const error = await rejection(
      mover.copy(
        {
          source: gone === 'source' ? there : side(other),
          destination: gone === 'source' ? side(other) : there,
          length: 14 * MIB,
          io: { bytesPerSecond: 8 * MIB },
        },
        {
          progressIntervalMs: 5,
          onProgress: ({ doneBytes }) => {
            if (doneBytes > 2 * MIB) vanished ??= disk.vanish();
          },
        },
      ),
    );
    await vanished;
    expect(error).toMatchObject({ code: 'IO_ERROR', side: gone });
  });
});

describe('a loop device that shrinks under load', () => {
  it.skipIf(noLoopDevices)('is SOURCE_CHANGED, also where its end is before the next piece', async () => {
    const backing = file('shrunk-backing', noise(32 * MIB));
    const loop = attachLoop(backing);
    onTestFinished(loop.detach);
    const destination = file('from-shrunk', Buffer.alloc(32 * MIB));
    const control = new TaskControl();
    const advance = control.advance.bind(control);
    let shrunk = false;
    control.advance = (bytes) => {
      advance(bytes);
      // At the end of what is read in one go: the next thing asked of the device is where its data are.
      if (shrunk || control.doneBytes < 8 * MIB) return;
      shrunk = true;
      truncateSync(backing, 2 * MIB);
      execFileSync('losetup', ['--set-capacity', loop.path]);
    };
    const request: CopyRequest = {
      source: { path: loop.path, identity: inodeOf(backing) },
      destination: side(destination),
      length: 32 * MIB,
    };
    expect(await rejection(copyRange(request, control))).toMatchObject({
      code: 'SOURCE_CHANGED',
      side: 'source',
    });
  });
});

describe('a loop device whose file is cut under load', () => {
  it.skipIf(noLoopDevices)('is IO_ERROR of the source', async () => {
    const backing = file('cut-backing', noise(32 * MIB));
    const loop = attachLoop(backing);
    onTestFinished(loop.detach);
    const destination = file('from-cut', Buffer.alloc(32 * MIB));
    const control = new TaskControl();
    const advance = control.advance.bind(control);
    control.advance = (bytes) => {
      advance(bytes);
      truncateSync(backing, 2 * MIB);
    };
    const request: CopyRequest = {
      source: { path: loop.path, identity: inodeOf(backing) },
      destination: side(destination),
      length: 32 * MIB,
    };
    expect(await rejection(copyRange(request, control))).toMatchObject({
      code: 'IO_ERROR',
      side: 'source',
      errno: 'EIO',
    });
  });
});
