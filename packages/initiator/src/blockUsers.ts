import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { mountPointsOf } from './mounts.ts';

/**
 * What uses a block device of this host: mount points, and devices stacked on it. A process that merely has it open does
 * not show.
 *
 * @param name kernel name, such as `loop0` or `sda`
 */
export async function blockUsers(name: string, sysfsRoot = '/sys'): Promise<string[]> {
  const folder = join(sysfsRoot, 'block', name);
  const number = (await readFile(join(folder, 'dev'), 'utf8').catch(() => '')).trim();
  const holders = await readdir(join(folder, 'holders')).catch(() => []);
  return [
    ...(number === '' ? [] : await mountPointsOf(number)),
    ...holders.map((holder) => `/dev/${holder}`),
  ];
}
