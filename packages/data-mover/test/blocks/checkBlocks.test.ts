import { createHash } from 'node:crypto';
import { closeSync, fsyncSync, openSync, readSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { DataMover, LocationList } from '../../src/index.ts';
import { inodeOf, noise } from '../files.ts';
import { attachLoop, here, noLoopDevices } from '../filesystems.ts';

const BLOCK = 64 * 1024;
const SIZE = 8 * BLOCK;

it.skipIf(noLoopDevices)('compares what the disk has, not what the page cache kept of it', async () => {
  const bytes = noise(SIZE);
  const file = join(here.path, 'checked');
  writeFileSync(file, Buffer.alloc(SIZE));
  const loop = attachLoop(file);
  onTestFinished(() => loop.detach());
  // As long as somebody has it open, the kernel keeps what was written to it.
  const device = openSync(loop.path, 'r+');
  onTestFinished(() => closeSync(device));
  writeSync(device, bytes, 0, SIZE, 0);
  fsyncSync(device);
  readSync(device, Buffer.alloc(SIZE), 0, SIZE, 0);
  const mover = new DataMover({ maxThreads: 1 });
  mover.start();
  onTestFinished(() => mover.close({ cancel: true }));
  const locations = LocationList.zeros(SIZE / BLOCK);
  for (let block = 0; block < locations.count; block += 1) {
    const hash = createHash('sha256')
      .update(bytes.subarray(block * BLOCK, (block + 1) * BLOCK))
      .digest();
    locations.set(block, { hash, pack: 0, offset: 0, length: BLOCK });
  }
  const request = {
    source: { path: loop.path, identity: inodeOf(file) },
    length: SIZE,
    blockSize: BLOCK,
    hashKey: null,
    locations: locations.bytes,
  };
  expect(await mover.checkBlocks(request)).toEqual({ firstDifference: null });
  const fd = openSync(file, 'r+');
  writeSync(fd, Buffer.from([(bytes[5 * BLOCK + 7] ?? 0) ^ 1]), 0, 1, 5 * BLOCK + 7);
  closeSync(fd);
  expect(await mover.checkBlocks(request)).toEqual({ firstDifference: 5 * BLOCK });
});
