import type { LifecycleDependencies } from '../dependencies.ts';
import type { Operation } from '../journal/index.ts';
import {
  type BackupRecord,
  type CreateBackupRequest,
  type RequestContext,
  ServiceError,
  type SnapshotRecord,
  type VolumeRecord,
} from '../model/index.ts';
import { snapshotMachine, type Tables } from '../state/index.ts';
import { requireVolume } from '../volumes/access.ts';
import { claimVolume } from '../volumes/claimVolume.ts';
import { requireStore } from './access.ts';
import { chooseParent } from './chooseParent.ts';
import type { CreateBackupArguments } from './createBackupArguments.ts';
import { checkBackupLimits } from './limits.ts';
import { temporarySnapshot, temporaryVolume } from './temporaryRecords.ts';

/** What is read, claimed. */
interface Source {
  readonly volume: VolumeRecord;
  /** The snapshot that was asked for. */
  readonly snapshot: SnapshotRecord | null;
  /** Whether somebody may be writing, so that a snapshot has to be taken first. */
  readonly inUse: boolean;
}

/**
 * Accepts a backup to be made: claims what is read, chooses the parent, records the intent. The backup is made in the background.
 *
 * @throws ServiceError BackupsNotConfigured, InvalidVolume, InvalidSnapshot, InvalidBackup, OverLimit, and NotFound for what is named
 */
export async function createBackup(
  deps: LifecycleDependencies,
  host: string,
  operation: Operation<CreateBackupArguments, void>,
  context: RequestContext,
  request: CreateBackupRequest,
): Promise<BackupRecord> {
  const { state, settings, journal } = deps;
  requireStore(deps);
  checkZone(request, settings.availabilityZone);
  checkCapabilities(deps, await requireVolume(state, context, request.volumeId), request);
  const { value } = await journal.begin(operation, context.requestId, async (tables) => {
    const source = await claimSource(tables, context, request);
    const { volume, snapshot, inUse } = source;
    const size = snapshot?.volumeSize ?? volume.size;
    await checkBackupLimits(tables, settings, context, size);
    const parent =
      request.incremental || request.parentId !== null
        ? await chooseParent(tables, context, { volumeId: volume.id, snapshot }, request.parentId)
        : null;
    const backup = newBackup(context, request, source, parent, { host, zone: settings.availabilityZone });
    await tables.backups.insert(backup);
    await tables.backupMetadata.merge(backup.id, request.metadata);
    const taken = inUse ? temporarySnapshot(backup, volume) : null;
    if (taken !== null) await tables.snapshots.insert(taken);
    const read = taken ?? snapshot;
    const copy = read === null ? null : temporaryVolume(backup, volume, read);
    if (copy !== null) await tables.volumes.insert(copy);
    const args: CreateBackupArguments = {
      backupId: backup.id,
      volumeId: volume.id,
      snapshotId: snapshot?.id ?? null,
      parentId: parent?.id ?? null,
      temporary: copy === null ? null : { volumeId: copy.id, snapshotId: taken?.id ?? null },
    };
    return { objectId: backup.id, args, value: backup };
  });
  return value;
}

async function claimSource(
  tables: Tables,
  context: RequestContext,
  { volumeId, snapshotId, force }: CreateBackupRequest,
): Promise<Source> {
  const volume = await requireVolume(tables, context, volumeId);
  if (snapshotId !== null)
    return { volume, snapshot: await claimSnapshot(tables, context, volumeId, snapshotId), inUse: false };
  // Who has access may be writing, also one that was connected without an attachment.
  const connected = (await tables.connections.ofVolume(volumeId)).length > 0;
  const inUse = connected || volume.status === 'in-use';
  if (inUse && !force)
    throw new ServiceError(
      'InvalidVolume',
      `volume ${volumeId} is ${connected && volume.status !== 'in-use' ? 'connected to an initiator' : volume.status}: backing it up needs the force flag (the backup is then as after a power cut), or detach it, or back up a snapshot of it`,
    );
  return { volume: await claimVolume(tables, volumeId, 'backup'), snapshot: null, inUse };
}

async function claimSnapshot(
  tables: Tables,
  context: RequestContext,
  volumeId: string,
  snapshotId: string,
): Promise<SnapshotRecord> {
  const snapshot = await tables.snapshots.find(snapshotId);
  if (snapshot === undefined || !(context.isAdmin || snapshot.projectId === context.projectId))
    throw new ServiceError('SnapshotNotFound', `snapshot ${snapshotId} could not be found`);
  if (snapshot.volumeId !== volumeId)
    throw new ServiceError(
      'InvalidVolume',
      `snapshot ${snapshotId} is of volume ${snapshot.volumeId}, not of ${volumeId}`,
    );
  const { from, during } = snapshotMachine.backup;
  if (!(await tables.snapshots.transition(snapshotId, from, { status: during })))
    throw new ServiceError(
      'InvalidSnapshot',
      `snapshot ${snapshotId} is ${snapshot.status} and can be backed up only when it is ${from.join(', ')}: wait until that is done`,
    );
  return snapshot;
}

function checkZone({ availabilityZone }: CreateBackupRequest, zone: string): void {
  if (availabilityZone !== null && availabilityZone !== zone)
    throw new ServiceError(
      'InvalidInput',
      `availability zone "${availabilityZone}" is invalid; this service has "${zone}"`,
    );
}

/** Said at once rather than in the background, when it is known. */
function checkCapabilities(
  { backends }: LifecycleDependencies,
  volume: VolumeRecord,
  { snapshotId }: CreateBackupRequest,
): void {
  const backend = volume.host === null ? null : backends.ofHost(volume.host);
  if (backend === null || !backend.serves) return;
  const needed =
    snapshotId !== null || volume.status === 'in-use'
      ? (['createSnapshot', 'createVolumeFromSnapshot'] as const)
      : [];
  const missing = needed.filter((name) => !backend.implements(name));
  if (missing.length > 0)
    throw new ServiceError(
      'InvalidVolume',
      `volume ${volume.id} is on backend ${backend.name}, whose driver has no ${missing.join(' and ')}: detach the volume and back it up itself`,
    );
}

function newBackup(
  context: RequestContext,
  request: CreateBackupRequest,
  { volume, snapshot }: Source,
  parent: BackupRecord | null,
  { host, zone }: { readonly host: string; readonly zone: string },
): BackupRecord {
  const now = new Date().toISOString();
  return {
    id: crypto.randomUUID(),
    projectId: context.projectId,
    userId: context.userId,
    volumeId: volume.id,
    snapshotId: snapshot?.id ?? null,
    parentId: parent?.id ?? null,
    displayName: request.displayName,
    displayDescription: request.displayDescription,
    size: snapshot?.volumeSize ?? volume.size,
    status: 'creating',
    availabilityZone: zone,
    host,
    container: request.container,
    heldBy: null,
    storedBytes: null,
    objectCount: 0,
    volumeFacts: {
      name: volume.displayName,
      description: volume.displayDescription,
      bootable: volume.bootable,
      metadata: volume.metadata,
      imageMetadata: volume.imageMetadata,
    },
    dataTimestamp: snapshot?.createdAt ?? now,
    hasDependents: false,
    metadata: request.metadata,
    createdAt: now,
    updatedAt: null,
    failure: null,
  };
}
