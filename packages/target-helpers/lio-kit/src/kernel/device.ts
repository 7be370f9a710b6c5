import { readFile, stat } from 'node:fs/promises';
import { ContractError } from '@scoria/driver-sdk';

const SECTOR = 512;

/** What stands behind a LUN. */
export type Device =
  | { readonly kind: 'file'; readonly path: string; readonly size: number }
  | { readonly kind: 'block'; readonly path: string; readonly size: number; readonly number: string };

/** linux's encoding of a device number (glibc's gnu_dev_major and gnu_dev_minor). */
function deviceNumber(rdev: number): string {
  const dev = BigInt(rdev);
  const major = ((dev >> 8n) & 0xfffn) | ((dev >> 32n) & ~0xfffn);
  const minor = (dev & 0xffn) | ((dev >> 12n) & ~0xffn);
  return `${major}:${minor}`;
}

/** Size in bytes of a block device, by its number. */
export async function blockSize(number: string): Promise<number> {
  return Number((await readFile(`/sys/dev/block/${number}/size`, 'utf8')).trim()) * SECTOR;
}

/**
 * The file or block device at a path.
 *
 * @throws ContractError NOT_FOUND when there is none; INVALID_ARGUMENT for anything else, and for a path that LIO cannot be told
 */
export async function deviceAt(path: string): Promise<Device> {
  // LIO takes the path as one of several words that commas divide, and shows it among words that blanks divide.
  if (!/^\/[^\s,]{1,254}$/.test(path)) {
    throw new ContractError(
      'INVALID_ARGUMENT',
      'LIO takes absolute paths of at most 255 characters, without blanks and commas',
      {
        details: { path },
      },
    );
  }
  let found: Awaited<ReturnType<typeof stat>>;
  try {
    found = await stat(path);
  } catch (cause) {
    throw new ContractError('NOT_FOUND', `there is no backing file ${path}`, { cause, details: { path } });
  }
  if (found.isFile()) return { kind: 'file', path, size: found.size };
  if (found.isBlockDevice()) {
    const number = deviceNumber(found.rdev);
    return { kind: 'block', path, size: await blockSize(number), number };
  }
  throw new ContractError('INVALID_ARGUMENT', `${path} is neither a file nor a block device`, {
    details: { path },
  });
}
