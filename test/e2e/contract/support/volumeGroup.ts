import { rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MIB } from '@scoria/core/contract';
import { run } from '@scoria/host-exec';
import { temporaryDirectory } from '@scoria-test/support';

/** A volume group on a loop device over a sparse file. */
export interface VolumeGroup extends AsyncDisposable {
  readonly name: string;
  /** The loop device. */
  readonly disk: string;
}

/** How a group is made. Sizes in bytes. */
export interface VolumeGroupSpec {
  readonly size: number;
  readonly extentSize: number;
  readonly tags?: readonly string[];
  /** What the whole disk is filled with before; default: it is sparse, and reads as zero. */
  readonly filling?: Buffer;
}

/** Makes a group; needs lvm2, device-mapper and root. Its disposal takes whatever is in it along. */
export async function makeVolumeGroup(
  name: string,
  { size, extentSize, tags = [], filling }: VolumeGroupSpec,
): Promise<VolumeGroup> {
  const directory = await temporaryDirectory('scoria-vg-');
  const file = join(directory.path, 'disk');
  await writeFile(file, filling === undefined ? '' : chunksOf(filling, size));
  await truncate(file, size);
  const disk = (await run('losetup', ['--find', '--show', file])).stdout.trim();
  await run('pvcreate', ['--yes', disk]);
  const tagged = tags.flatMap((tag) => ['--addtag', tag]);
  await run('vgcreate', ['--yes', '--physicalextentsize', `${extentSize}b`, ...tagged, name, disk]);
  return {
    name,
    disk,
    [Symbol.asyncDispose]: async () => {
      await run('udevadm', ['settle', '--timeout=30'], { exitCodes: 'any' });
      await run('vgremove', ['--force', '--force', '--yes', name], { exitCodes: 'any' });
      await run('losetup', ['--detach', disk]);
      await rm(file, { force: true });
      await directory[Symbol.asyncDispose]();
    },
  };
}

/** Chunk by chunk: the whole would take as much memory again as the disk. */
function* chunksOf(filling: Buffer, size: number): Generator<Buffer> {
  const chunk = Buffer.alloc(MIB, filling);
  for (let at = 0; at < size; at += MIB) yield chunk;
}
