import { isContractError } from '@scoria/core/contract';
import {
  backendHost,
  callDriver,
  driverCallOf,
  driverImplements,
  driverVolume,
  runWork,
} from '../backends/index.ts';
import type { LifecycleDependencies } from '../dependencies.ts';
import type { RunContext } from '../journal/index.ts';
import type { BackupRecord, VolumeRecord } from '../model/index.ts';

/**
 * Has the driver make a backup that it holds itself, where it can.
 *
 * @returns who holds it (`host@backend`), or null when it is for the repository: the driver cannot, or the parent is there
 * @throws ContractError what the driver answered
 */
export async function backUpByDriver(
  { state, backends, settings, mover }: LifecycleDependencies,
  context: RunContext<unknown>,
  { backup, parent, volume }: { backup: BackupRecord; parent: BackupRecord | null; volume: VolumeRecord },
): Promise<string | null> {
  const backend = backends.ofHost(volume.host);
  const mustBe = parent?.heldBy === backend.host;
  if (parent !== null && !mustBe) return null;
  const call = driverCallOf(context, 'backupVolume', settings.patienceMs);
  if (!mustBe && !(await driverImplements(backend, 'backupVolume', call))) return null;
  try {
    const { work } = await callDriver(
      backend,
      'backupVolume',
      { volume: await driverVolume(state, volume), backupId: backup.id, parentId: parent?.id ?? null },
      call,
    );
    await runWork(mover, work, context, undefined, backend.io);
    return backend.host;
  } catch (error) {
    if (!mustBe && isContractError(error) && error.code === 'UNIMPLEMENTED') return null;
    throw error;
  }
}

/** Has the driver that holds a backup write it onto one of its volumes. @throws ContractError */
export async function restoreByDriver(
  { state, backends, settings, mover }: LifecycleDependencies,
  context: RunContext<unknown>,
  backupId: string,
  volume: VolumeRecord,
): Promise<void> {
  const backend = backends.ofHost(volume.host);
  const marks = context.marks.of(volume.id);
  const call = driverCallOf(context, 'restoreBackup', settings.patienceMs);
  const params = { volume: await driverVolume(state, volume), backupId };
  const writing = { kind: 'restore', path: backend.host, identity: null, length: volume.size } as const;
  await marks.whole(writing, async () => {
    const { work } = await callDriver(backend, 'restoreBackup', params, call);
    await runWork(mover, work, { ...context, marks }, undefined, backend.io);
  });
}

/** Has the driver that holds a backup remove it. Absent is success. @throws ContractError */
export async function deleteByDriver(
  { backends, settings }: LifecycleDependencies,
  context: RunContext<unknown>,
  backupId: string,
  heldBy: string,
): Promise<void> {
  await callDriver(
    backends.ofHost(heldBy),
    'deleteBackup',
    { backupId },
    driverCallOf(context, 'deleteBackup', settings.patienceMs),
  );
}

/** Whether a volume is where its driver can restore this backup to. */
export function isReachable({ heldBy }: Pick<BackupRecord, 'heldBy'>, volume: VolumeRecord): boolean {
  return heldBy === null || (volume.host !== null && backendHost(volume.host) === heldBy);
}
