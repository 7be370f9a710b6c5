import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DataMover } from '@scoria/data-mover';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createImageTransfer, type DiskFormat } from '../../src/index.ts';
import {
  content,
  model,
  noise,
  type Piece,
  qemuImg,
  sparseFile,
  temporaryDirectory,
  volume,
} from '../support/files.ts';
import { caller, describeFile, fileSource, pipeSource } from '../support/sources.ts';

const KIB = 1024;
const MIB = 1024 * KIB;
/** Not a multiple of any cluster, block or page. */
const DISK = 5 * MIB + 7 * 512;
const disk: readonly Piece[] = [
  { offset: 0, data: noise(70_000, 1) },
  { offset: MIB, data: Buffer.alloc(300_000) },
  { offset: 2 * MIB + 512, data: noise(MIB, 2) },
  { offset: DISK - 1000, data: noise(1000, 3) },
];

/** Every kind of image that qemu-img makes of a disk. */
const images: readonly { name: string; format: DiskFormat; make: readonly string[] }[] = [
  { name: 'raw', format: 'raw', make: ['-O', 'raw'] },
  { name: 'qcow2 v3', format: 'qcow2', make: ['-O', 'qcow2'] },
  { name: 'qcow2 v2', format: 'qcow2', make: ['-O', 'qcow2', '-o', 'compat=0.10'] },
  { name: 'qcow2 compressed', format: 'qcow2', make: ['-c', '-O', 'qcow2'] },
  { name: 'qcow2 zstd', format: 'qcow2', make: ['-c', '-O', 'qcow2', '-o', 'compression_type=zstd'] },
  { name: 'qcow2 subclusters', format: 'qcow2', make: ['-O', 'qcow2', '-o', 'extended_l2=on'] },
  { name: 'qcow2 small clusters', format: 'qcow2', make: ['-O', 'qcow2', '-o', 'cluster_size=512'] },
  { name: 'qcow2 large clusters', format: 'qcow2', make: ['-O', 'qcow2', '-o', 'cluster_size=2M'] },
  { name: 'qcow2 preallocated', format: 'qcow2', make: ['-O', 'qcow2', '-o', 'preallocation=metadata'] },
  { name: 'vmdk sparse', format: 'vmdk', make: ['-O', 'vmdk'] },
  { name: 'vmdk stream', format: 'vmdk', make: ['-O', 'vmdk', '-o', 'subformat=streamOptimized'] },
  { name: 'vdi', format: 'vdi', make: ['-O', 'vdi'] },
  { name: 'vdi static', format: 'vdi', make: ['-O', 'vdi', '-o', 'static=on'] },
  { name: 'vhd dynamic', format: 'vhd', make: ['-O', 'vpc', '-o', 'force_size=on'] },
  { name: 'vhd fixed', format: 'vhd', make: ['-O', 'vpc', '-o', 'subformat=fixed,force_size=on'] },
  { name: 'vhdx', format: 'vhdx', make: ['-O', 'vhdx'] },
];

const mover = new DataMover();
beforeAll(() => mover.start());
afterAll(() => mover.close());

/** Every format onto stale bytes, and those that are written in different ways onto zeros as well, and through a pipe. */
const cases = images.flatMap((image) => [
  { ...image, way: 'a file', source: fileSource, before: 'stale' as const },
  ...(['raw', 'qcow2 v3', 'vmdk stream'].includes(image.name)
    ? [
        { ...image, way: 'a file', source: fileSource, before: 'zero' as const },
        { ...image, way: 'a pipe', source: pipeSource(), before: 'zero' as const },
        { ...image, way: 'a pipe', source: pipeSource(), before: 'stale' as const },
      ]
    : []),
]);

describe('an image becomes the disk that it was made of', () => {
  it.each(cases)(
    '$name from $way, onto a volume of $before bytes',
    async ({ format, make, source, before }) => {
      const directory = temporaryDirectory();
      const conversionDirectory = temporaryDirectory();
      const raw = sparseFile(join(directory, 'raw'), DISK, disk);
      const image = join(directory, 'image');
      qemuImg('convert', '-f', 'raw', ...make, raw, image);
      const destination = volume(join(directory, 'volume'), 8 * MIB, before);
      const transfer = createImageTransfer({ source, mover, conversionDirectory });
      const shown: number[] = [];
      const written = await transfer.writeToVolume(describeFile(image, format), caller, destination, {
        onProgress: ({ doneBytes }) => shown.push(doneBytes),
      });
      expect(written).toEqual({ format, virtualSizeBytes: DISK, cached: false });
      expect(content(destination.path).equals(model(8 * MIB, disk))).toBe(true);
      expect(statSync(destination.path).size).toBe(8 * MIB);
      expect(shown.at(-1)).toBe(DISK);
      expect(shown).toEqual(shown.toSorted((a, b) => a - b));
      expect(readdirSync(conversionDirectory)).toEqual([]);
    },
  );
});
