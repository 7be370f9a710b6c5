import { existsSync } from 'node:fs';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { Stage } from './stage.ts';

/** What of the working directory is still mounted, attached, running or there. Empty when nothing is. */
export async function leftovers({ directory }: Stage): Promise<string[]> {
  const found: string[] = [];
  const mounts = await readFile('/proc/self/mountinfo', 'utf8');
  for (const line of mounts.split('\n'))
    if (line.includes(directory)) found.push(`mount: ${line.split(' ')[4] ?? line}`);
  for (const name of await readdir('/sys/block')) {
    const backing = await readFile(join('/sys/block', name, 'loop/backing_file'), 'utf8').catch(() => '');
    if (backing.startsWith(directory)) found.push(`loop device: /dev/${name} on ${backing.trim()}`);
  }
  for (const entry of await readdir('/proc')) {
    if (!/^\d+$/.test(entry) || Number(entry) === process.pid) continue;
    const command = await readFile(`/proc/${entry}/cmdline`, 'utf8').catch(() => '');
    const cwd = await readlink(`/proc/${entry}/cwd`).catch(() => '');
    if (command.includes(directory) || cwd.startsWith(directory))
      found.push(`process: ${entry} ${command.replaceAll('\0', ' ')}`);
  }
  if (existsSync(directory)) found.push(`directory: ${directory}`);
  return found;
}
