import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { type Bytes, bytes, ContractError } from '@scoria/driver-sdk';
import { moveFile, removeFile } from './durable.ts';
import { errnoOf } from './errors.ts';
import { type FileFacts, factsOf } from './fileFacts.ts';
import { isFileName, type Layout, pathOf } from './layout.ts';
import { BLOCK } from './size.ts';
import { withFile } from './staging.ts';

/** The one form of reference: the name of a file in the directory `unmanaged`. Paths would let a caller adopt any file of the host. */
const KEY = 'source-name';

/** A reference to adopt, as the API passes it. */
export type Reference = Readonly<Record<string, string>>;

/** Exact size of a file to adopt. @throws ContractError INVALID_REFERENCE */
export async function sizeToAdopt(layout: Layout, reference: Reference): Promise<Bytes> {
  const path = referencedPath(layout, reference);
  const facts = await candidate(path);
  if (facts === undefined) throw invalid(`there is no file ${path}`);
  return bytes(facts.size);
}

/**
 * Makes the file a volume by moving it. Repeating it, also after a crash in the middle, succeeds.
 *
 * @throws ContractError INVALID_REFERENCE, ALREADY_EXISTS
 */
export async function adopt(layout: Layout, name: string, reference: Reference): Promise<void> {
  const from = referencedPath(layout, reference);
  const to = pathOf(layout, 'volume', name);
  const [source, volume] = await Promise.all([candidate(from), factsOf(to)]);
  if (source === undefined) {
    if (volume !== undefined) return;
    throw invalid(`there is no file ${from}`);
  }
  if (volume !== undefined && volume.ino === source.ino) {
    await removeFile(from);
    return;
  }
  if (source.links !== 1) throw invalid(`${from} has other names: what changes under one changes under all`);
  await chmod(from, 0o600);
  // A LUN is whole blocks: without padding it would lose the end of the file.
  if (source.size % BLOCK !== 0) {
    const padded = Math.ceil(source.size / BLOCK) * BLOCK;
    await withFile(from, 'r+', (file) => file.truncate(padded));
  }
  await moveTo(from, to, `there is already a volume ${name}`);
}

/** Lets a volume go by moving its file to `unmanaged`. Absent is success. */
export async function release(layout: Layout, name: string): Promise<void> {
  const from = pathOf(layout, 'volume', name);
  const to = join(layout.unmanaged, name);
  const [volume, released] = await Promise.all([factsOf(from), factsOf(to)]);
  if (volume === undefined) return;
  if (released !== undefined && released.ino === volume.ino) {
    await removeFile(from);
    return;
  }
  await moveTo(from, to, `there is already a file ${to}; move it away first`);
}

async function moveTo(from: string, to: string, taken: string): Promise<void> {
  try {
    await moveFile(from, to);
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') throw new ContractError('ALREADY_EXISTS', taken, { cause: error });
    throw error;
  }
}

function referencedPath(layout: Layout, reference: Reference): string {
  const name = reference[KEY];
  if (name === undefined) throw invalid(`it has no "${KEY}"`);
  if (!isFileName(name)) throw invalid(`${JSON.stringify(name.slice(0, 255))} is not the name of a file`);
  return join(layout.unmanaged, name);
}

async function candidate(path: string): Promise<FileFacts | undefined> {
  try {
    const facts = await factsOf(path);
    if (facts !== undefined && facts.size === 0) throw invalid(`${path} is empty`);
    return facts;
  } catch (error) {
    // Not a regular file.
    if (error instanceof ContractError && error.code === 'BACKEND_ERROR') throw invalid(error.message);
    throw error;
  }
}

function invalid(reason: string): ContractError {
  return new ContractError(
    'INVALID_REFERENCE',
    `${reason}. A reference is {"${KEY}": "<name of a file in the store's directory unmanaged>"}`,
  );
}
