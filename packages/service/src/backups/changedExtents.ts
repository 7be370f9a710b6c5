import type { ByteExtent } from '@scoria/backup';
import { ContractError, isContractError } from '@scoria/core/contract';
import {
  callDriver,
  driverCallOf,
  driverImplements,
  driverSnapshot,
  driverVolume,
} from '../backends/index.ts';
import type { LifecycleDependencies } from '../dependencies.ts';
import type { BackupRecord, SnapshotRecord, VolumeRecord } from '../model/index.ts';
import type { CreateBackupContext } from './createBackupArguments.ts';

/**
 * What has changed of a volume since its parent backup, when its driver knows: the parent was made of a snapshot that is still
 * there, and the driver compares it with what is backed up now.
 *
 * @returns null when nobody knows; then it is found out by reading, which is always right
 */
export async function changedSince(
  deps: LifecycleDependencies,
  context: CreateBackupContext,
  volume: VolumeRecord,
  parent: BackupRecord | null,
): Promise<readonly ByteExtent[] | null> {
  const { state, backends } = deps;
  const { snapshotId, temporary } = context.args;
  if (parent === null || parent.snapshotId === null) return null;
  const base = await state.snapshots.find(parent.snapshotId);
  if (base === undefined || base.volumeId !== volume.id || base.progress !== 100) return null;
  const backend = backends.ofHost(volume.host);
  const waiting = { patienceMs: deps.settings.patienceMs, signal: context.signal };
  if (!(await driverImplements(backend, 'listChangedExtents', waiting))) return null;
  const currentId = snapshotId ?? temporary?.snapshotId ?? null;
  const current = currentId === null ? null : ((await state.snapshots.find(currentId)) ?? null);
  if (currentId !== null && current === null) return null;
  const size = current?.volumeSize ?? volume.size;
  try {
    const listed = await listAll(deps, context, volume, base, current, size);
    context.log.info({ extents: listed.length, since: base.id }, 'the driver says what has changed');
    // What was not there at the parent's time has changed, whatever the driver says.
    return base.volumeSize < size
      ? [...listed, { offset: base.volumeSize, length: size - base.volumeSize }]
      : listed;
  } catch (error) {
    if (context.signal.aborted || !isContractError(error)) throw error;
    context.log.warn({ code: error.code, err: error }, 'the driver cannot say what has changed: all is read');
    return null;
  }
}

async function listAll(
  { state, backends, settings }: LifecycleDependencies,
  context: CreateBackupContext,
  volume: VolumeRecord,
  base: SnapshotRecord,
  current: SnapshotRecord | null,
  size: number,
): Promise<ByteExtent[]> {
  const all: ByteExtent[] = [];
  const comparable = Math.min(base.volumeSize, size);
  const params = {
    volume: await driverVolume(state, volume),
    base: driverSnapshot(base, volume.backendName),
    current: current === null ? null : driverSnapshot(current, volume.backendName),
  };
  for (let from: number | null = 0; from !== null; ) {
    const page: { readonly extents: readonly ByteExtent[]; readonly next: number | null } = await callDriver(
      backends.ofHost(volume.host),
      'listChangedExtents',
      { ...params, from: from as typeof volume.size },
      driverCallOf(context, `listChangedExtents.${from}`, settings.patienceMs),
    );
    for (const { offset, length } of page.extents) {
      const end = Math.min(offset + length, comparable);
      if (end > offset) all.push({ offset, length: end - offset });
    }
    if (page.next !== null && page.next <= from)
      throw new ContractError(
        'INVALID_RESULT',
        `the list of changes goes on at ${page.next}, not after ${from}`,
      );
    from = page.next;
  }
  return all;
}
