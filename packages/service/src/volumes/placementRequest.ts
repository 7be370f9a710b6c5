import { ContractError } from '@scoria/core/contract';
import { backendHost } from '../backends/index.ts';
import type { VolumeRecord } from '../model/index.ts';
import type { PlacementRequest } from '../scheduler/index.ts';
import type { Tables } from '../state/index.ts';

/** What a volume needs of its pool: its size, its type's extra specs, and the backend that holds its source. */
export async function placementRequest(
  tables: Tables,
  volume: Pick<VolumeRecord, 'size' | 'volumeTypeId' | 'multiattach' | 'snapshotId' | 'sourceVolumeId'>,
  pinned: string | null,
): Promise<PlacementRequest> {
  const type = volume.volumeTypeId === null ? undefined : await tables.types.find(volume.volumeTypeId);
  return {
    bytes: volume.size,
    extraSpecs: Object.fromEntries(
      Object.entries(type?.extraSpecs ?? {}).filter(([key]) => key !== 'multiattach'),
    ),
    multiattach: volume.multiattach,
    pinned: (await sourcePlace(tables, volume)) ?? pinnedPlace(pinned),
  };
}

/** The place that an administrator asked for. */
export function pinnedPlace(pinned: string | null): PlacementRequest['pinned'] {
  return pinned === null ? null : { host: pinned, why: `${pinned} is asked for` };
}

async function sourcePlace(
  tables: Tables,
  { snapshotId, sourceVolumeId }: Pick<VolumeRecord, 'snapshotId' | 'sourceVolumeId'>,
): Promise<PlacementRequest['pinned']> {
  const originId =
    snapshotId === null ? sourceVolumeId : ((await tables.snapshots.find(snapshotId))?.volumeId ?? null);
  if (originId === null) return null;
  const origin = await tables.volumes.find(originId);
  if (origin === undefined || origin.host === null)
    throw new ContractError('NOT_FOUND', `the source ${originId} has no place on a backend`);
  return { host: backendHost(origin.host), why: 'the source is on another backend' };
}
