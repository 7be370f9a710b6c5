import {
  type BackingStore,
  type Bytes,
  ContractError,
  type Identity,
  isContractError,
  type Snapshot,
  type Volume,
  type Work,
} from '@scoria/driver-sdk';
import type { VolumeExports } from './volumeExports.ts';

/** What volumes are made of, and how they are reached. */
export interface VolumeParts {
  readonly store: BackingStore;
  readonly exports: VolumeExports;
}

interface Made {
  readonly work: Work[];
}

const stored = ({ name, size }: Pick<Volume, 'name' | 'size'>) => ({ name, size });

/** Makes an empty volume. */
export async function createVolume({ store }: VolumeParts, volume: Volume): Promise<Made> {
  const { work } = await store.create(stored(volume));
  return { work: [...work] };
}

/** Makes a volume with a snapshot's content. @throws ContractError SIZE_UNSUPPORTED when it would be smaller than the snapshot */
export async function createVolumeFromSnapshot(
  { store }: VolumeParts,
  volume: Volume,
  snapshot: Snapshot,
): Promise<Made> {
  refuseSmaller(volume, snapshot.volumeSize, `snapshot ${snapshot.name}`);
  const { work } = await store.createFromSnapshot(stored(volume), snapshot.name);
  return { work: [...work] };
}

/** Makes a volume with another one's content. @throws ContractError SIZE_UNSUPPORTED when it would be smaller */
export async function createClonedVolume(
  { store }: VolumeParts,
  volume: Volume,
  source: Volume,
  sourceInUse: boolean,
): Promise<Made> {
  refuseSmaller(volume, source.size, source.name);
  const { work } = await store.clone(stored(volume), source.name, { sourceInUse });
  return { work: [...work] };
}

function refuseSmaller(volume: Volume, least: Bytes, of: string): void {
  if (volume.size >= least) return;
  throw new ContractError(
    'SIZE_UNSUPPORTED',
    `${volume.name} cannot be smaller than ${of} (${least} bytes)`,
    {
      details: { size: volume.size, least },
    },
  );
}

/**
 * Removes a volume, its target first: a file must not vanish under an initiator.
 *
 * @throws ContractError VOLUME_IS_BUSY when it has a live session
 */
export async function deleteVolume(parts: VolumeParts, volume: Volume, workDone: boolean): Promise<Made> {
  await parts.exports.remove(volume, false);
  const { work } = await parts.store.delete(volume.name, { workDone });
  return { work: [...work] };
}

/** Grows a volume, and what its initiators see of it. */
export async function extendVolume(
  parts: VolumeParts,
  volume: Volume,
  newSize: Bytes,
): Promise<{ size: Bytes }> {
  const size = await parts.store.extend(volume.name, newSize);
  try {
    const shown = await parts.exports.resize(volume);
    if (shown < size)
      throw new ContractError(
        'BACKEND_ERROR',
        `the target of ${volume.name} shows ${shown} of ${size} bytes`,
      );
  } catch (error) {
    // Not exported: nobody sees it, nobody has to be told.
    if (!isContractError(error) || error.code !== 'TARGET_NOT_FOUND') throw error;
  }
  return { size };
}

/** Where a volume is on this host, and what shows that it is the volume. */
export async function localPath(
  { store }: VolumeParts,
  { name }: Pick<Volume, 'name'>,
): Promise<{ path: string; identity?: Identity }> {
  const path = await store.path(name);
  const identity = await store.identity?.(name);
  return identity === undefined ? { path } : { path, identity };
}

/** Takes a point-in-time copy. */
export async function createSnapshot({ store }: VolumeParts, snapshot: Snapshot): Promise<Made> {
  const { work } = await store.snapshot(snapshot.name, snapshot.volumeName, {
    volumeInUse: snapshot.volumeInUse,
  });
  return { work: [...work] };
}

/** Removes a snapshot. */
export async function deleteSnapshot(
  { store }: VolumeParts,
  snapshot: Snapshot,
  workDone: boolean,
): Promise<Made> {
  const { work } = await store.deleteSnapshot(snapshot.name, { workDone });
  return { work: [...work] };
}
