import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { DataMover } from '../../src/index.ts';
import { content, inodeOf, noise, side } from '../files.ts';
import { attachLoop, noLoopDevices } from '../filesystems.ts';

const MIB = 1024 * 1024;
const SIZE = 8 * MIB;
const FUSE = 0x6573_5546;
const daemon = '/usr/bin/qemu-storage-daemon';
const missing = existsSync(daemon) && existsSync('/dev/fuse') ? undefined : `no ${daemon} or no /dev/fuse`;
if (missing !== undefined) console.warn(`SKIPPED wipes of a FUSE export: ${missing}`);

/** A file that is another file, by way of a daemon of qemu: how volumes appear that have no block device here. */
async function exported(bytes: Buffer): Promise<{ readonly file: string; readonly shown: string }> {
  const directory = mkdtempSync(join(tmpdir(), 'data-mover-fuse-'));
  const [file, shown] = [join(directory, 'file'), join(directory, 'shown')];
  writeFileSync(file, bytes);
  writeFileSync(shown, '');
  const child = spawn(
    daemon,
    [
      ...['--blockdev', `driver=file,filename=${file},node-name=file`],
      ...['--blockdev', 'driver=raw,file=file,node-name=raw'],
      ...['--export', `type=fuse,id=export,node-name=raw,mountpoint=${shown},writable=on`],
    ],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  );
  onTestFinished(async () => {
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    execFileSync('umount', ['--lazy', shown]);
    rmSync(directory, { recursive: true, force: true });
  });
  await vi.waitFor(() => expect(statfsSync(shown).type).toBe(FUSE), { timeout: 10_000 });
  return { file, shown };
}

function startMover(): DataMover {
  const mover = new DataMover({ maxThreads: 1 });
  mover.start();
  onTestFinished(() => mover.close({ cancel: true }));
  return mover;
}

function expected(bytes: Buffer): Buffer {
  return Buffer.from(bytes).fill(0, MIB + 5, SIZE - MIB);
}

const range = { offset: MIB + 5, length: SIZE - 2 * MIB - 5 };

// PUNCH_HOLE on such an export answers 0 and keeps the old data (qemu 7.2): what is wiped here must not be wiped by it.
describe.skipIf(missing)('wipe of a FUSE export', () => {
  it.each(['reads-as-zero', 'overwritten'] as const)(
    '%s: zeroes the range, and nothing else',
    async (require) => {
      const bytes = noise(SIZE);
      const { file, shown } = await exported(bytes);
      const request = {
        target: side(shown, range.offset),
        length: range.length,
        method: 'zero',
        require,
      } as const;
      const result = await startMover().wipe(request);
      expect(result).toMatchObject({ guarantee: require, bytes: range.length });
      expect(content(shown).equals(expected(bytes))).toBe(true);
      expect(content(file).equals(expected(bytes))).toBe(true);
    },
  );

  it.skipIf(noLoopDevices)('by a loop device over it', async () => {
    const bytes = noise(SIZE);
    const { file, shown } = await exported(bytes);
    const loop = attachLoop(shown);
    try {
      const target = { path: loop.path, identity: inodeOf(shown), offset: range.offset };
      expect(await startMover().wipe({ target, length: range.length, method: 'zero' })).toMatchObject({
        guarantee: 'reads-as-zero',
      });
    } finally {
      loop.detach();
    }
    expect(content(shown).equals(expected(bytes))).toBe(true);
    expect(content(file).equals(expected(bytes))).toBe(true);
  });
});
