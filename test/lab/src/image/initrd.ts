import { readFile, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { run } from '@scoria/host-exec';
import { bootModules, firstInit } from './contents.ts';
import { cpio, file, folder } from './cpio.ts';

/** Writes the first stage: busybox, and the modules that find the root file system, in the order they are loaded. */
export async function writeInitrd(root: string, release: string, target: string): Promise<void> {
  const modules: string[] = [];
  for (const name of bootModules) {
    const { stdout } = await run('modprobe', ['-d', root, '-S', release, '--show-depends', name]);
    for (const [, path] of stdout.matchAll(/^insmod (\S+)/gm))
      if (path !== undefined && !modules.includes(path)) modules.push(path);
  }
  const archive = cpio([
    ...['bin', 'proc', 'sys', 'dev', 'newroot', 'modules'].map(folder),
    file('bin/busybox', await readFile('/bin/busybox')),
    file('init', firstInit),
    file('modules/order', `${modules.map((path) => basename(path)).join('\n')}\n`),
    ...(await Promise.all(
      modules.map(async (path) => file(`modules/${basename(path)}`, await readFile(path))),
    )),
  ]);
  await writeFile(target, archive);
}
