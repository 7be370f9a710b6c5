import { readFile, realpath, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { ContractError } from '@scoria/driver-sdk';
import type { IoType } from '../record.ts';

const SECTOR = 512;

/** What is behind a LUN. */
export interface Backing {
  readonly kind: 'file' | 'block';
  /** Bytes. */
  readonly size: number;
}

/** @throws ContractError NOT_FOUND when there is nothing (IET would say ENOENT, as of a target); INVALID_ARGUMENT for anything else */
export async function backingAt(path: string): Promise<Backing> {
  const found = await stat(path).catch((cause: unknown) => {
    throw new ContractError('NOT_FOUND', `there is no backing file ${path}`, { cause, details: { path } });
  });
  if (found.isFile()) return { kind: 'file', size: found.size };
  if (!found.isBlockDevice()) {
    throw new ContractError('INVALID_ARGUMENT', `${path} is neither a file nor a block device`, {
      details: { path },
    });
  }
  const name = basename(await realpath(path));
  const sectors = await readFile(`/sys/class/block/${name}/size`, 'utf8');
  return { kind: 'block', size: Number(sectors.trim()) * SECTOR };
}

/** How IET shall read and write it (`iscsi_iotype`). @throws ContractError INVALID_ARGUMENT: blockio of a file */
export function ioTypeFor(path: string, { kind }: Backing, option: IoType | 'auto'): IoType {
  if (option === 'auto') return kind === 'block' ? 'blockio' : 'fileio';
  if (option === 'blockio' && kind === 'file') {
    throw new ContractError('INVALID_ARGUMENT', `IET cannot serve the file ${path} by blockio`, {
      details: { option: 'iscsi_iotype' },
    });
  }
  return option;
}
