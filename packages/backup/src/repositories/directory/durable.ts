import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { errnoOf } from './failure.ts';
import { untilAborted } from './untilAborted.ts';

/** Makes the entries of a directory durable. fsync(2): a file's own fsync does not do that. */
export async function syncDirectory(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Makes the content of a file durable. @throws DOMException AbortError */
export async function syncFile(path: string, signal: AbortSignal | undefined): Promise<void> {
  await untilAborted(
    open(path, 'r+').then((handle) => handle.sync().finally(() => handle.close())),
    signal,
  );
}

/** Writes a new file, 0600, and makes its content durable. @throws DOMException AbortError */
export async function writeDurably(
  path: string,
  content: Uint8Array,
  signal: AbortSignal | undefined,
): Promise<void> {
  const handle = await open(path, 'wx', 0o600);
  await closingOnError(handle, () => handle.writeFile(content));
  await syncAndClose(handle, signal);
}

/** Makes the directories between a root, which must exist, and a file below it; durably, 0700. */
export async function makeParents(root: string, file: string): Promise<void> {
  const parent = dirname(file);
  if (parent === root) return;
  try {
    await mkdir(parent, { mode: 0o700 });
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === 'EEXIST') return;
    if (errno !== 'ENOENT') throw error;
    await makeParents(root, parent);
    return await makeParents(root, file);
  }
  await syncDirectory(dirname(parent));
}

/** Copies a file and makes the copy durable. @throws DOMException AbortError */
export async function copyDurably(from: string, to: string, signal: AbortSignal | undefined): Promise<void> {
  const source = await open(from, 'r');
  try {
    const target = await open(to, 'wx', 0o600);
    await closingOnError(target, () => copyBytes(source, target, signal));
    await syncAndClose(target, signal);
  } finally {
    await source.close();
  }
}

async function closingOnError(handle: FileHandle, write: () => Promise<void>): Promise<void> {
  try {
    await write();
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** fsync(2) may take minutes: one who gives up leaves it to itself, and the file is closed after it. */
async function syncAndClose(handle: FileHandle, signal: AbortSignal | undefined): Promise<void> {
  await untilAborted(
    handle.sync().finally(() => handle.close()),
    signal,
  );
}

async function copyBytes(
  source: FileHandle,
  target: FileHandle,
  signal: AbortSignal | undefined,
): Promise<void> {
  const buffer = Buffer.allocUnsafeSlow(1024 * 1024);
  for (;;) {
    if (signal?.aborted) throw new DOMException('aborted', 'AbortError');
    const { bytesRead } = await source.read(buffer, 0, buffer.length, null);
    if (bytesRead === 0) return;
    for (let written = 0; written < bytesRead; )
      written += (await target.write(buffer, written, bytesRead - written, null)).bytesWritten;
  }
}

/** Where files lie that are no objects yet. */
export function temporaryDirectory(root: string): string {
  return join(root, '.temporary');
}
