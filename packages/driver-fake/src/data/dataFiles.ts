import { constants, copyFile, type FileHandle, mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type Bytes,
  bytes,
  ContractError,
  type Identity,
  type WipeWork,
  type Work,
  type WorkEndpoint,
} from '@scoria/driver-sdk';

/** Where the bytes of an object are. */
export type DataKind = 'volumes' | 'snapshots' | 'existing' | 'slots';

/** An object that has bytes. */
export type DataObject = readonly [kind: DataKind, name: string];

/** The bytes of the fake's volumes: one sparse file each. */
export class DataFiles {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** Makes the folders that are missing. */
  static async open(folder: string): Promise<DataFiles> {
    for (const kind of ['volumes', 'snapshots', 'existing', 'slots'] satisfies DataKind[]) {
      await mkdir(join(folder, kind), { recursive: true, mode: 0o700 });
    }
    return new DataFiles(folder);
  }

  path(kind: DataKind, name: string): string {
    return join(this.#folder, kind, name);
  }

  /** Makes a sparse file. What a killed process left under this name is emptied first. */
  async create(kind: DataKind, name: string, size: Bytes): Promise<void> {
    await this.#grow(kind, name, size, constants.O_TRUNC);
  }

  /** Grows a file; a file that is as large already stays as it is. */
  async extend(kind: DataKind, name: string, size: Bytes): Promise<void> {
    await this.#grow(kind, name, size, 0);
  }

  async #grow(kind: DataKind, name: string, size: Bytes, flags: number): Promise<void> {
    const file = await open(this.path(kind, name), constants.O_RDWR | constants.O_CREAT | flags, 0o600);
    try {
      if ((await file.stat()).size < size) await grow(file, size, name);
    } finally {
      await file.close();
    }
  }

  /** Absent is success. */
  async remove(kind: DataKind, name: string): Promise<void> {
    await rm(this.path(kind, name), { force: true });
  }

  /** Moves an object; one that a killed process had moved already stays where it is. */
  async move(from: DataObject, to: DataObject): Promise<void> {
    try {
      await rename(this.path(...from), this.path(...to));
    } catch (error) {
      if (!isMissing(error)) throw error;
      await stat(this.path(...to));
    }
  }

  /** Moves an object that may be gone. @returns whether it was there */
  async take(from: DataObject, to: DataObject): Promise<boolean> {
    try {
      await rename(this.path(...from), this.path(...to));
      return true;
    } catch (error) {
      if (isMissing(error)) return false;
      throw error;
    }
  }

  async has(kind: DataKind, name: string): Promise<boolean> {
    try {
      await stat(this.path(kind, name));
      return true;
    } catch (error) {
      if (isMissing(error)) return false;
      throw error;
    }
  }

  /** The first `length` bytes of an object, to be wiped. */
  async wipeWork(
    object: DataObject,
    length: Bytes,
    how: Pick<WipeWork, 'method' | 'guarantee'>,
  ): Promise<Work> {
    return { kind: 'wipe', target: await endpoint(this.path(...object)), length, ...how };
  }

  /**
   * Copies by reference. False when the filesystem cannot: the bytes are then work for the service ({@link copyWork}).
   * The destination has its full size afterwards, either way.
   */
  async copyByReference(from: DataObject, to: DataObject, size: Bytes): Promise<boolean> {
    if (!(await reflink(this.path(...from), this.path(...to)))) {
      await this.create(...to, size);
      return false;
    }
    await this.extend(...to, size);
    return true;
  }

  /** The copy that the service has to make. */
  async copyWork(from: DataObject, to: DataObject): Promise<Work> {
    const source = this.path(...from);
    return {
      kind: 'copy',
      source: await endpoint(source),
      destination: await endpoint(this.path(...to)),
      length: bytes((await stat(source)).size),
      destinationIsZero: false,
    };
  }

  /** What a file shows of itself. */
  async identity(kind: DataKind, name: string): Promise<Identity> {
    return (await endpoint(this.path(kind, name))).identity;
  }
}

async function grow(file: FileHandle, size: Bytes, name: string): Promise<void> {
  try {
    await file.truncate(size);
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? error.code : undefined;
    if (reason === 'ENOSPC') throw new ContractError('NO_SPACE', `${name} does not fit`, { cause: error });
    if (reason === 'EFBIG') {
      throw new ContractError('SIZE_UNSUPPORTED', `${size} bytes are more than a file can have here`, {
        cause: error,
      });
    }
    throw error;
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

async function reflink(source: string, destination: string): Promise<boolean> {
  try {
    await copyFile(source, destination, constants.COPYFILE_FICLONE_FORCE);
    return true;
  } catch (error) {
    // EINVAL, ENOTSUP, EXDEV, ENOSYS: a filesystem without reflinks.
    const reason = error instanceof Error && 'code' in error ? String(error.code) : '';
    if (['EINVAL', 'ENOTSUP', 'EOPNOTSUPP', 'EXDEV', 'ENOSYS', 'ENOTTY'].includes(reason)) return false;
    throw error;
  }
}

async function endpoint(path: string): Promise<WorkEndpoint> {
  const { dev, ino } = await stat(path, { bigint: true });
  return { path, identity: { type: 'inode', dev: String(dev), ino: String(ino) }, offset: bytes(0) };
}
