import { bytes, ContractError } from '@scoria/driver-sdk';
import { addVolume, type FakeBackend, poolOf, requireSpace, requireVolume } from '../backend.ts';
import { changedExtents } from '../data/changedExtents.ts';
import type { FakeOperations } from './fakeOperations.ts';

const diskFormats = new Set(['raw', 'qcow2', 'vmdk', 'vhd']);

/**
 * The data path, inside the backend. With real bytes it is left to the service: then these are UNIMPLEMENTED, except
 * `copyVolumeData`, which names the copy.
 */
export const dataPath = {
  copyVolumeData: async (backend, { source, destination }) => {
    const from = requireVolume(backend, source.name);
    const to = requireVolume(backend, destination.name);
    requireRoom(destination.name, to.size, from.size);
    to.content = from.content;
    if (backend.data === undefined) return {};
    return { work: [await backend.data.copyWork(['volumes', source.name], ['volumes', destination.name])] };
  },

  copyImageToVolume: (backend, { volume, imageId, diskFormat }) => {
    requireNoBytes(backend, 'copyImageToVolume');
    requireFormat(imageId, diskFormat);
    const image = backend.state.images[imageId];
    const to = requireVolume(backend, volume.name);
    requireRoom(volume.name, to.size, image?.size ?? 0);
    to.content = image?.content ?? `image:${imageId}`;
    return {};
  },

  copyVolumeToImage: (backend, { volume, imageId }) => {
    requireNoBytes(backend, 'copyVolumeToImage');
    const { content, size } = requireVolume(backend, volume.name);
    backend.state.images[imageId] = { content, size };
    return {};
  },

  cloneImage: (backend, { volume, imageId, imageMeta }) => {
    requireNoBytes(backend, 'cloneImage');
    requireFormat(imageId, imageMeta.disk_format);
    const { state } = backend;
    const image = state.images[imageId];
    if (image === undefined) return { cloned: false };
    const origin = `image ${imageId}`;
    const existing = state.volumes[volume.name];
    if (existing !== undefined) {
      if (existing.origin === origin && existing.size === volume.size) return { cloned: true };
      throw new ContractError('ALREADY_EXISTS', `${volume.name} exists, made from ${existing.origin}`, {
        details: { volume: volume.name },
      });
    }
    if (volume.size < image.size) {
      throw new ContractError('SIZE_UNSUPPORTED', `${volume.name} is smaller than image ${imageId}`, {
        details: { size: volume.size, minimum: image.size },
      });
    }
    const pool = poolOf(backend, volume);
    requireSpace(backend, pool, volume.size);
    addVolume(backend, volume.name, {
      id: volume.id,
      size: volume.size,
      pool,
      origin,
      content: image.content,
      pendingCopy: null,
      doomed: false,
      dependsOn: null,
      type: null,
      owner: null,
      attachments: [],
      export: null,
    });
    return { cloned: true };
  },

  clearDownload: () => ({}),

  backupVolume: (backend, { volume, backupId, parentId }) => {
    requireNoBytes(backend, 'backupVolume');
    if (parentId !== null) requireBackup(backend, parentId);
    const { content, size } = requireVolume(backend, volume.name);
    backend.state.backups[backupId] ??= { content, size };
    return {};
  },

  restoreBackup: (backend, { volume, backupId }) => {
    requireNoBytes(backend, 'restoreBackup');
    const { content, size } = requireBackup(backend, backupId);
    const to = requireVolume(backend, volume.name);
    requireRoom(volume.name, to.size, size);
    to.content = content;
    return {};
  },

  deleteBackup: ({ state }, { backupId }) => {
    delete state.backups[backupId];
    return {};
  },

  listChangedExtents: async (backend, { volume, base, current, from }) => {
    const { data } = backend;
    if (data === undefined)
      throw new ContractError(
        'UNIMPLEMENTED',
        'listChangedExtents: without fake_data_dir there are no bytes',
      );
    requireVolume(backend, volume.name);
    for (const snapshot of [base, current]) {
      if (snapshot !== null && backend.state.snapshots[snapshot.name] === undefined)
        throw new ContractError('NOT_FOUND', `there is no snapshot ${snapshot.name}`, {
          details: { snapshot: snapshot.name },
        });
    }
    const later = current === null ? data.path('volumes', volume.name) : data.path('snapshots', current.name);
    const { extents, next } = await changedExtents(data.path('snapshots', base.name), later, from);
    return {
      extents: extents.map(({ offset, length }) => ({ offset: bytes(offset), length: bytes(length) })),
      next: next === null ? null : bytes(next),
    };
  },
} satisfies FakeOperations;

function requireNoBytes({ data }: FakeBackend, operation: string): void {
  if (data === undefined) return;
  throw new ContractError(
    'UNIMPLEMENTED',
    `${operation}: with fake_data_dir the service moves the bytes itself`,
  );
}

function requireFormat(imageId: string, format: string): void {
  if (diskFormats.has(format)) return;
  throw new ContractError(
    'IMAGE_UNACCEPTABLE',
    `image ${imageId} has the format ${format}, which is not known`,
    {
      details: { image: imageId, format },
    },
  );
}

function requireRoom(name: string, have: number, needed: number): void {
  if (have >= needed) return;
  throw new ContractError('NO_SPACE', `${name} has ${have} bytes, ${needed} are needed`, {
    details: { volume: name, size: have, needed },
  });
}

function requireBackup({ state }: FakeBackend, backupId: string): { content: string; size: number } {
  const backup = state.backups[backupId];
  if (backup !== undefined) return backup;
  throw new ContractError('NOT_FOUND', `there is no backup ${backupId}`, { details: { backup: backupId } });
}
