import { readFile, stat } from 'node:fs/promises';
import { ContractError } from '@scoria/driver-sdk';

const SECTOR = 512;

/** linux's encoding of a device number (glibc's gnu_dev_major and gnu_dev_minor). */
function deviceNumber(rdev: number): string {
  const dev = BigInt(rdev);
  const major = ((dev >> 8n) & 0xfffn) | ((dev >> 32n) & ~0xfffn);
  const minor = (dev & 0xffn) | ((dev >> 12n) & ~0xffn);
  return `${major}:${minor}`;
}

/**
 * Size in bytes of the file or block device behind a LUN.
 *
 * @throws ContractError NOT_FOUND when there is none (tgtd would say "invalid request"); INVALID_ARGUMENT for anything else
 */
export async function backingSize(path: string): Promise<number> {
  let found: Awaited<ReturnType<typeof stat>>;
  try {
    found = await stat(path);
  } catch (cause) {
    throw new ContractError('NOT_FOUND', `there is no backing file ${path}`, { cause, details: { path } });
  }
  if (found.isFile()) return found.size;
  if (!found.isBlockDevice()) {
    throw new ContractError('INVALID_ARGUMENT', `${path} is neither a file nor a block device`, {
      details: { path },
    });
  }
  const sectors = await readFile(`/sys/dev/block/${deviceNumber(found.rdev)}/size`, 'utf8');
  return Number(sectors.trim()) * SECTOR;
}
