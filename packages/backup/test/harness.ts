import {
  closeSync,
  existsSync,
  fsyncSync,
  ftruncateSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataMover, type Identity } from '@scoria/data-mover';
import type { BackupEndpoint, BackupStore, BackupStoreOptions, CreateBackupRequest } from '../src/index.ts';
import { backupRepositoryOptionsSchema, createBackupRepository, createBackupStore } from '../src/index.ts';

/** Block size of the tests' repositories: the least, so that small volumes have many. */
export const BLOCK = 64 * 1024;
export const MIB = 1024 * 1024;

/** A directory of this test's own, gone with it. */
export interface TestDirectory extends Disposable {
  readonly path: string;
  file(name: string): string;
}

/** Where fsync(2) costs nothing, if there is such a place: what is tested is what is written, not how fast a disk is. */
const memory = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();

/** Makes one: in memory, or on the disk of the temporary directory. */
export function testDirectory(place: 'memory' | 'disk' = 'memory'): TestDirectory {
  const path = mkdtempSync(join(place === 'memory' ? memory : tmpdir(), 'scoria-backup-'));
  return {
    path,
    file: (name) => join(path, name),
    [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }),
  };
}

/** A running pool, ended with the block that asked for it. */
export function testMover(): DataMover & AsyncDisposable {
  const mover = new DataMover({ maxThreads: 2 });
  mover.start();
  return Object.assign(mover, { [Symbol.asyncDispose]: () => mover.close({ cancel: true }) });
}

/** An open store over a directory. */
export async function openStore(
  mover: DataMover,
  path: string,
  options: Partial<BackupStoreOptions> = {},
): Promise<BackupStore> {
  const repository = createBackupRepository(backupRepositoryOptionsSchema.parse({ type: 'directory', path }));
  const store = createBackupStore({
    repository,
    mover,
    key: null,
    spoolDirectory: `${path}-spool`,
    blockSize: BLOCK,
    packBytes: 2 * MIB,
    ...options,
  });
  await store.open();
  return store;
}

/** A file as a volume. */
export function endpoint(path: string, isZero = false): BackupEndpoint {
  const { dev, ino, size } = statSync(path, { bigint: true });
  const identity: Identity = { type: 'inode', dev: String(dev), ino: String(ino) };
  return { path, identity, sizeBytes: Number(size), isZero };
}

/** A request for a backup of volume `v1`. */
export function backupOf(
  path: string,
  backupId: string,
  parentId: string | null = null,
): CreateBackupRequest {
  return {
    backupId,
    volumeId: 'v1',
    source: endpoint(path),
    parentId,
    changed: null,
    metadata: { name: backupId },
    createdAt: '2026-11-26T00:00:00Z',
  };
}

/** `length` bytes that do not repeat and are the same for the same seed. */
export function noise(length: number, seed = 1): Buffer {
  const words = new Uint32Array(Math.ceil(length / 4));
  let state = (seed * 2654435761) >>> 0 || 1;
  for (let index = 0; index < words.length; index += 1) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    words[index] = state;
  }
  return Buffer.from(words.buffer).subarray(0, length);
}

/** Writes a volume: what is zero becomes a hole. */
export function writeVolume(path: string, content: Buffer): void {
  const fd = openSync(path, 'w');
  try {
    ftruncateSync(fd, content.length);
    const zeros = Buffer.alloc(BLOCK);
    for (let offset = 0; offset < content.length; offset += BLOCK) {
      const piece = content.subarray(offset, offset + BLOCK);
      if (piece.equals(zeros.subarray(0, piece.length))) continue;
      writeSync(fd, piece, 0, piece.length, offset);
    }
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** A destination full of other bytes, longer than asked for. */
export function writeDirty(path: string, length: number, tail: number): Buffer {
  const content = noise(length + tail, 4711);
  writeFileSync(path, content);
  return content;
}

/** Names of all files below a directory, in order. */
export function filesBelow(path: string): string[] {
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(path.length + 1))
    .sort();
}

/** Content of a file. */
export function content(path: string): Buffer {
  return readFileSync(path);
}

/** The error a promise rejects with. */
export async function rejection(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    (value) => {
      throw new Error(`expected a rejection, got ${JSON.stringify(value)}`);
    },
    (error: unknown) => error,
  );
}
