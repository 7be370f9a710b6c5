import { bytes, MIB, type Work } from '@scoria/driver-sdk';
import type { FakeBackend } from '../backend.ts';
import type { FakeSnapshot, FakeVolume } from '../state/fakeState.ts';
import type { DataObject } from './dataFiles.ts';

/**
 * Makes the file of a new object. With `fake_recycle` it is the one of something deleted that had this size, with whatever is in
 * it, as on an array of blocks; else, and where there is none, a sparse one.
 */
export async function allocate(
  { data, options, state }: FakeBackend,
  object: DataObject,
  size: FakeVolume['size'],
): Promise<void> {
  if (data === undefined) return;
  if (options.fake_recycle) {
    for (const [name, slot] of Object.entries(state.slots)) {
      if (slot.size !== size) continue;
      delete state.slots[name];
      // One that is gone was taken by a process that was killed before it could say so.
      if (await data.take(['slots', name], object)) return;
    }
  }
  await data.create(...object, size);
}

/**
 * Copies an object by reference where the filesystem can, and space is not used again: it is then new in any case. False: the
 * destination is there with its full size, and its bytes are work for the service.
 */
export async function copyAtOnce(
  backend: FakeBackend,
  from: DataObject,
  to: DataObject,
  size: FakeVolume['size'],
): Promise<boolean> {
  const { data, options } = backend;
  if (data === undefined) return true;
  if (!options.fake_recycle) return data.copyByReference(from, to, size);
  await allocate(backend, to, size);
  return false;
}

/**
 * Gives the space of an object back, once nothing of it can be read any more.
 *
 * @param workDone whether what an earlier answer named is done.
 * @returns what has to be wiped before; the object is kept as it is until then.
 */
export async function free(
  { data, options, state }: FakeBackend,
  object: DataObject,
  record: FakeVolume | FakeSnapshot,
  workDone: boolean,
): Promise<Work[]> {
  if (data === undefined) return [];
  if (!options.fake_recycle) {
    await data.remove(...object);
    return [];
  }
  const [, name] = object;
  // A killed process may have moved it already; then it was wiped before.
  const moved = record.doomed && !(await data.has(...object)) && (await data.has('slots', name));
  const method = options.volume_clear;
  if (!moved && method !== 'none' && !(record.doomed && workDone)) {
    record.doomed = true;
    const most = options.volume_clear_size === 0 ? record.size : options.volume_clear_size * MIB;
    const length = bytes(Math.min(record.size, most));
    return [await data.wipeWork(object, length, { method, guarantee: 'reads-as-zero' })];
  }
  await data.move(object, ['slots', name]);
  state.slots[name] = { size: record.size };
  return [];
}
