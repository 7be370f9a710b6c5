import { ContractError, type Volume, type Work } from '@scoria/driver-sdk';
import { addVolume, dropVolume, type FakeBackend, poolOf, requireSpace, requireVolume } from '../backend.ts';
import { allocate, copyAtOnce, free } from '../data/space.ts';
import type { FakeVolume } from '../state/fakeState.ts';
import type { FakeOperations } from './fakeOperations.ts';

/** Where the content of a new volume comes from. */
interface Origin {
  /** What a repeated request is compared with. */
  readonly label: string;
  readonly content: string;
  readonly from: FakeVolume['pendingCopy'];
  readonly sourceInUse: boolean;
  readonly dependsOn: string | null;
}

const blank: Origin = { label: 'blank', content: 'zero', from: null, sourceInUse: false, dependsOn: null };

/** Volumes: create, clone, delete, extend. */
export const volumes = {
  createVolume: async (backend, { volume }) => ({ update: {}, work: await make(backend, volume, blank) }),

  createVolumeFromSnapshot: async (backend, { volume, snapshot }) => {
    const source = backend.state.snapshots[snapshot.name];
    if (source === undefined) {
      throw new ContractError('NOT_FOUND', `there is no snapshot ${snapshot.name}`, {
        details: { snapshot: snapshot.name },
      });
    }
    requireAtLeast(volume, source.size, snapshot.name);
    const work = await make(backend, volume, {
      label: `snapshot ${snapshot.name}`,
      content: source.content,
      from: ['snapshots', snapshot.name],
      sourceInUse: false,
      dependsOn: backend.options.fake_linked_clones ? snapshot.name : null,
    });
    return { update: {}, work };
  },

  createClonedVolume: async (backend, { volume, source, sourceInUse }) => {
    const original = requireVolume(backend, source.name);
    requireAtLeast(volume, original.size, source.name);
    const work = await make(backend, volume, {
      label: `volume ${source.name}`,
      content: original.content,
      from: ['volumes', source.name],
      sourceInUse,
      dependsOn: null,
    });
    original.pendingCopy = null;
    return { update: {}, work };
  },

  deleteVolume: async (backend, { volume: { name }, workDone }) => {
    const { state } = backend;
    const volume = state.volumes[name];
    if (volume === undefined) return {};
    const snapshots = Object.entries(state.snapshots)
      .filter(([, { volumeName }]) => volumeName === name)
      .map(([snapshot]) => snapshot);
    if (snapshots.length > 0) {
      throw new ContractError(
        'VOLUME_IS_BUSY',
        `${name} has snapshots: ${snapshots.join(', ')}; delete them first`,
        {
          details: { volume: name, snapshots: snapshots.length },
        },
      );
    }
    if (volume.export !== null) {
      throw new ContractError('VOLUME_IS_BUSY', `${name} is exported; remove the export first`, {
        details: { volume: name },
      });
    }
    const work = await free(backend, ['volumes', name], volume, workDone);
    if (work.length === 0) dropVolume(backend, name);
    return { work };
  },

  extendVolume: async (backend, { volume: { name }, newSize }) => {
    const volume = requireVolume(backend, name);
    if (newSize < volume.size) {
      throw new ContractError(
        'SIZE_UNSUPPORTED',
        `${name} has ${volume.size} bytes; it cannot shrink to ${newSize}`,
        {
          details: { volume: name, size: volume.size, newSize },
        },
      );
    }
    requireSpace(backend, volume.pool, newSize, volume.size);
    await backend.data?.extend('volumes', name, newSize);
    backend.ledger.add(volume.pool, newSize - volume.size);
    volume.size = newSize;
    return { size: newSize };
  },

  localPath: async (backend, { volume: { name } }) => {
    requireVolume(backend, name);
    if (backend.data === undefined) {
      throw new ContractError(
        'UNIMPLEMENTED',
        'the volumes of this backend have no bytes; set fake_data_dir',
      );
    }
    return {
      path: backend.data.path('volumes', name),
      identity: await backend.data.identity('volumes', name),
    };
  },
} satisfies FakeOperations;

async function make(backend: FakeBackend, { id, name, size, host }: Volume, origin: Origin): Promise<Work[]> {
  const { state, data } = backend;
  const existing = state.volumes[name];
  if (existing !== undefined) {
    requireSame(existing, name, size, origin);
    const { pendingCopy } = existing;
    return data === undefined || pendingCopy === null
      ? []
      : [await data.copyWork(pendingCopy, ['volumes', name])];
  }
  const pool = poolOf(backend, { host });
  requireSpace(backend, pool, size);
  const work = await fill(backend, name, size, origin);
  addVolume(backend, name, {
    id,
    size,
    pool,
    origin: origin.label,
    content: origin.content,
    pendingCopy: work.length > 0 ? origin.from : null,
    doomed: false,
    dependsOn: origin.dependsOn,
    type: null,
    owner: null,
    attachments: [],
    export: null,
  });
  return work;
}

async function fill(
  backend: FakeBackend,
  name: string,
  size: Volume['size'],
  origin: Origin,
): Promise<Work[]> {
  const { data } = backend;
  if (data === undefined) return [];
  try {
    if (origin.from === null) await allocate(backend, ['volumes', name], size);
    else if (!(await copyAtOnce(backend, origin.from, ['volumes', name], size))) {
      if (origin.sourceInUse) throw inUse(origin.from[1]);
      return [await data.copyWork(origin.from, ['volumes', name])];
    }
    return [];
  } catch (error) {
    await data.remove('volumes', name);
    throw error;
  }
}

function requireSame(existing: FakeVolume, name: string, size: number, origin: Origin): void {
  if (existing.size === size && existing.origin === origin.label) return;
  throw new ContractError(
    'ALREADY_EXISTS',
    `${name} exists with ${existing.size} bytes, made from ${existing.origin}; ${size} bytes from ${origin.label} were asked for`,
    { details: { volume: name, size: existing.size } },
  );
}

function requireAtLeast({ name, size }: Volume, least: number, source: string): void {
  if (size >= least) return;
  throw new ContractError(
    'SIZE_UNSUPPORTED',
    `${name} with ${size} bytes is smaller than ${source} with ${least}`,
    {
      details: { volume: name, size, minimum: least },
    },
  );
}

/** Without reflinks a copy takes time, in which the source would change. */
export function inUse(name: string): ContractError {
  return new ContractError(
    'INVALID_VOLUME',
    `${name} is in use, and this filesystem cannot copy a point in time: detach it first`,
    { details: { volume: name } },
  );
}
