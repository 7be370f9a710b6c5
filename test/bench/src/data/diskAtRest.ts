import { readFile, stat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

const QUIET_MS = 1_000;
const MOST_MS = 60_000;

/**
 * Waits until the disk below a directory has nothing to do and discards nothing any more: a file system mounted with `discard` gives the
 * blocks of a removed file back in the background, which holds up whoever writes next. A second is all it waits where the disk
 * cannot be watched (Documentation/block/stat.rst), a minute otherwise.
 */
export async function diskAtRest(directory: string): Promise<void> {
  const { dev } = await stat(directory);
  const file = `/sys/dev/block/${major(dev)}:${minor(dev)}/stat`;
  let before: string | undefined;
  for (let waited = 0; waited <= MOST_MS; waited += QUIET_MS) {
    const fields = (await readFile(file, 'utf8').catch(() => '')).trim().split(/\s+/);
    const [inFlight, discards] = [fields[8], fields[11]];
    if (discards === before && inFlight === '0') return;
    before = discards;
    await sleep(QUIET_MS);
    if (discards === undefined) return;
  }
}

/** Of a device number as stat(2) gives it; makedev(3). */
const major = (dev: number): number => (dev >>> 8) & 0xfff;
const minor = (dev: number): number => (dev & 0xff) | ((dev >>> 12) & 0xfff00);
