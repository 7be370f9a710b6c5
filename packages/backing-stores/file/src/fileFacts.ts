import { lstat } from 'node:fs/promises';
import { ContractError } from '@scoria/driver-sdk';
import { errnoOf } from './errors.ts';

/** What stat(2) says of a volume's file. */
export interface FileFacts {
  readonly path: string;
  readonly size: number;
  /** Bytes it takes on the filesystem; 0 proves that it reads as zero. */
  readonly allocated: number;
  readonly dev: string;
  readonly ino: string;
  readonly links: number;
}

/**
 * The facts of a file, or undefined when there is none.
 *
 * @throws ContractError BACKEND_ERROR when the path is something else than a regular file
 */
export async function factsOf(path: string): Promise<FileFacts | undefined> {
  try {
    const stats = await lstat(path, { bigint: true });
    if (!stats.isFile()) throw new ContractError('BACKEND_ERROR', `${path} is not a regular file`);
    return {
      path,
      size: Number(stats.size),
      allocated: Number(stats.blocks) * 512,
      dev: String(stats.dev),
      ino: String(stats.ino),
      links: Number(stats.nlink),
    };
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** The facts of a file that was just made. @throws ContractError BACKEND_ERROR when it is not there */
export async function existingFacts(path: string): Promise<FileFacts> {
  const facts = await factsOf(path);
  if (facts !== undefined) return facts;
  throw new ContractError('BACKEND_ERROR', `${path} was made, but is not there`);
}
