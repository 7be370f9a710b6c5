import { ServiceError, serviceProject, type VolumeRecord, type VolumeStatus } from '../model/index.ts';
import { type Tables, type VolumeGuard, type VolumeOperation, volumeMachine } from '../state/index.ts';

const verbs: Readonly<Record<VolumeOperation, string>> = {
  create: 'created',
  download: 'filled from an image',
  delete: 'deleted',
  extend: 'extended',
  extendInUse: 'extended',
  reserve: 'reserved',
  reserveShared: 'reserved',
  unreserve: 'unreserved',
  beginDetaching: 'marked as detaching',
  rollDetaching: 'marked as in use again',
  attachReserve: 'attached',
  attachReserveShared: 'attached',
  attach: 'attached',
  attachComplete: 'attached',
  detach: 'detached',
  connect: 'connected to an initiator',
  disconnect: 'disconnected from an initiator',
  reimage: 'filled from another image',
  reimageReserved: 'filled from another image',
  upload: 'uploaded',
  backup: 'backed up',
  restore: 'restored onto',
  restoreNew: 'restored onto',
  retype: 'retyped',
  snapshot: 'snapshotted',
  snapshotForced: 'snapshotted',
  clone: 'cloned',
  setMode: 'changed',
};

const wait = 'wait until that is done';
const reset = 'delete it, or have an administrator reset its status';
const advice: Readonly<Partial<Record<VolumeStatus, string>>> = {
  creating: wait,
  deleting: 'it is about to be gone',
  downloading: wait,
  extending: wait,
  uploading: wait,
  'backing-up': wait,
  'restoring-backup': wait,
  retyping: wait,
  reserved: 'complete or delete its attachment, or unreserve it',
  attaching: 'complete or delete its attachment, or unreserve it',
  'in-use': 'detach it first',
  detaching: 'wait until it is detached, or roll the detaching back',
  available: 'it is not attached',
  error: reset,
  error_deleting: 'delete it again',
  error_extending: 'extend it again or delete it',
  error_attaching: 'delete its attachment, or unreserve it',
  error_detaching: 'detach it again',
  error_restoring: reset,
  'error_backing-up': reset,
  maintenance: 'an administrator has to end the maintenance',
  'awaiting-transfer': 'accept or delete its transfer',
};

/** Why an operation was refused: the status or the guard that stood against it, and what to do next. */
export async function volumeRefusal(
  tables: Tables,
  volume: VolumeRecord,
  operation: VolumeOperation,
  guards: readonly VolumeGuard[],
): Promise<ServiceError> {
  const from: readonly VolumeStatus[] = volumeMachine[operation].from;
  if (!from.includes(volume.status)) {
    return new ServiceError(
      'InvalidVolume',
      `volume ${volume.id} is ${volume.status} and can be ${verbs[operation]} only when it is ${either(from)}: ${advice[volume.status] ?? wait}`,
    );
  }
  for (const guard of guards) {
    const why = await blocked(tables, volume, guard);
    if (why !== null)
      return new ServiceError('InvalidVolume', `volume ${volume.id} cannot be ${verbs[operation]}: ${why}`);
  }
  return new ServiceError(
    'Conflict',
    `volume ${volume.id} was changed by another request at the same time: repeat`,
  );
}

async function blocked(tables: Tables, volume: VolumeRecord, guard: VolumeGuard): Promise<string | null> {
  switch (guard) {
    case 'no-snapshots': {
      const all = await tables.snapshots.ofVolume(volume.id);
      const snapshots = all.filter(({ projectId }) => projectId !== serviceProject);
      return snapshots.length === 0
        ? null
        : `it has ${snapshots.length} snapshot(s) (${snapshots[0]?.id}${snapshots.length > 1 ? ', …' : ''}): delete them first, or delete with cascade`;
    }
    case 'no-attachments': {
      const attachments = await tables.attachments.ofVolume(volume.id);
      return attachments.length === 0
        ? null
        : `it has ${attachments.length} attachment(s) (${attachments[0]?.id}${attachments.length > 1 ? ', …' : ''}): delete them first`;
    }
    case 'no-connections': {
      const connections = await tables.connections.ofVolume(volume.id);
      return connections.length === 0
        ? null
        : `${connections.map(({ initiator }) => initiator).join(', ')} may still reach it: terminate the connection first`;
    }
    case 'no-clone-under-way':
    case 'no-moment':
      return (await tables.volumes.isBeingCloned(volume.id))
        ? 'a volume is being cloned from it: wait until that is done'
        : null;
  }
}

function either(statuses: readonly string[]): string {
  return statuses.length < 2
    ? statuses.join('')
    : `${statuses.slice(0, -1).join(', ')} or ${statuses.at(-1)}`;
}
