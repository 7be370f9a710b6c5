import { type FileHandle, open } from 'node:fs/promises';
import { MIB } from '@scoria/driver-sdk';
import type { FakeBackend } from '../backend.ts';
import type { FakeVolume } from '../state/fakeState.ts';
import type { DataObject } from './dataFiles.ts';
import { allocate } from './space.ts';

/**
 * Copies an object's bytes before the request is answered, for backends that can show a moment without the service's help. A moment
 * it is for whoever writes through the service's answers; a writer at the very same time may be seen in part.
 */
export async function copyInside(
  backend: FakeBackend,
  from: DataObject,
  to: DataObject,
  size: FakeVolume['size'],
): Promise<void> {
  const { data } = backend;
  if (data === undefined) return;
  await allocate(backend, to, size);
  const source = await open(data.path(...from), 'r');
  try {
    const destination = await open(data.path(...to), 'r+');
    try {
      await copyWhereOther(source, destination, size);
    } finally {
      await destination.close();
    }
  } finally {
    await source.close();
  }
}

/** Space that was used before may hold anything, and a new file shall stay sparse: written is what is not there yet. */
async function copyWhereOther(source: FileHandle, destination: FileHandle, size: number): Promise<void> {
  const wanted = Buffer.alloc(MIB);
  const found = Buffer.alloc(MIB);
  for (let at = 0; at < size; ) {
    const length = Math.min(MIB, size - at);
    const { bytesRead } = await source.read(wanted, 0, length, at);
    if (bytesRead === 0) return;
    await destination.read(found, 0, bytesRead, at);
    const piece = wanted.subarray(0, bytesRead);
    if (!piece.equals(found.subarray(0, bytesRead))) await destination.write(piece, 0, bytesRead, at);
    at += bytesRead;
  }
}
