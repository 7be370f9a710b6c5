import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { run } from '@scoria/host-exec';
import { moduleFolders } from './contents.ts';

/** A kernel package, unpacked. */
export interface Kernel {
  /** `uname -r` of it. */
  readonly release: string;
  readonly folder: string;
}

/** The release of Debian's current stock kernel, such as `6.1.0-56-amd64`. The cloud kernel has no iSER and no Fibre Channel. */
export async function stockKernelRelease(): Promise<string> {
  const { stdout } = await run('apt-cache', ['depends', 'linux-image-amd64']);
  const release = /Depends: linux-image-(\S+)/.exec(stdout)?.[1];
  if (release === undefined) throw new Error(`apt knows no stock kernel (apt-get update?): ${stdout}`);
  return release;
}

/** Downloads and unpacks a kernel package below `folder`. */
export async function fetchKernel(release: string, folder: string): Promise<Kernel> {
  const unpacked = join(folder, 'kernel');
  await mkdir(unpacked, { recursive: true });
  await run('apt-get', ['download', `linux-image-${release}`], { cwd: folder });
  const archive = (await readdir(folder)).find((name) => name.endsWith('.deb'));
  if (archive === undefined) throw new Error(`apt-get downloaded no package of linux-image-${release}`);
  await run('dpkg-deb', ['-x', join(folder, archive), unpacked]);
  return { release, folder: unpacked };
}

/** Puts the modules that the lab needs into a root file system. */
export async function installModules(kernel: Kernel, root: string): Promise<void> {
  const modules = `lib/modules/${kernel.release}`;
  const from = join(kernel.folder, modules);
  const to = join(root, modules);
  await mkdir(to, { recursive: true });
  for (const name of await readdir(from))
    if (name.startsWith('modules.')) await cp(join(from, name), join(to, name));
  for (const folder of moduleFolders) {
    const target = join(to, 'kernel', folder);
    await mkdir(dirname(target), { recursive: true });
    await cp(join(from, 'kernel', folder), target, { recursive: true });
  }
  await run('depmod', ['-b', root, kernel.release]);
}

const XZ = Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]);

/** Writes the kernel without its compression: unpacking takes an emulated processor several seconds at every boot. */
export async function unpackKernel(kernel: Kernel, target: string): Promise<void> {
  const packed = await readFile(join(kernel.folder, 'boot', `vmlinuz-${kernel.release}`));
  const start = packed.indexOf(XZ);
  if (start < 0) throw new Error(`the kernel ${kernel.release} is not packed with xz`);
  await writeFile(`${target}.xz`, packed.subarray(start));
  await run('xz', ['--decompress', '--single-stream', `${target}.xz`]);
}
