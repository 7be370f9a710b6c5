import { existsSync } from 'node:fs';
import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { run } from '@scoria/host-exec';
import { moduleFolders } from './contents.ts';

/** A kernel package, unpacked. */
export interface Kernel {
  /** `uname -r` of it. */
  readonly release: string;
  readonly folder: string;
  /** Its folder of modules. */
  readonly modules: string;
}

/** Debian's kernel that runs as a process. */
export const USERMODE_PACKAGE = 'user-mode-linux';

/** The release of Debian's current stock kernel, such as `6.1.0-56-amd64`. The cloud kernel has no iSER and no Fibre Channel. */
export async function stockKernelRelease(): Promise<string> {
  const { stdout } = await run('apt-cache', ['depends', 'linux-image-amd64']);
  const release = /Depends: linux-image-(\S+)/.exec(stdout)?.[1];
  if (release === undefined) throw new Error(`apt knows no stock kernel (apt-get update?): ${stdout}`);
  return release;
}

/** Version of the package that apt would install. */
export async function packageVersion(name: string): Promise<string> {
  const { stdout } = await run('apt-cache', ['show', '--no-all-versions', name]);
  const version = /^Version: (\S+)/m.exec(stdout)?.[1];
  if (version === undefined) throw new Error(`apt knows no package ${name} (apt-get update?): ${stdout}`);
  return version;
}

/** Downloads and unpacks the stock kernel below `folder`. */
export async function fetchKernel(release: string, folder: string): Promise<Kernel> {
  const unpacked = await unpackPackage(`linux-image-${release}`, folder);
  return { release, folder: unpacked, modules: join(unpacked, 'lib/modules', release) };
}

/** Downloads and unpacks the kernel that runs as a process, below `folder`. */
export async function fetchUsermodeKernel(folder: string): Promise<Kernel> {
  const unpacked = await unpackPackage(USERMODE_PACKAGE, folder);
  const modules = join(unpacked, 'usr/lib/uml/modules');
  const [release] = await readdir(modules);
  if (release === undefined) throw new Error(`${USERMODE_PACKAGE} has no modules`);
  return { release, folder: unpacked, modules: join(modules, release) };
}

async function unpackPackage(name: string, parent: string): Promise<string> {
  const folder = join(parent, name);
  const unpacked = join(folder, 'content');
  await mkdir(unpacked, { recursive: true });
  await run('apt-get', ['download', name], { cwd: folder });
  const archive = (await readdir(folder)).find((each) => each.endsWith('.deb'));
  if (archive === undefined) throw new Error(`apt-get downloaded no package ${name}`);
  await run('dpkg-deb', ['-x', join(folder, archive), unpacked]);
  return unpacked;
}

/** Puts the modules that the lab needs into a root file system. */
export async function installModules({ release, modules }: Kernel, root: string): Promise<void> {
  const to = join(root, 'lib/modules', release);
  await mkdir(to, { recursive: true });
  for (const name of await readdir(modules))
    if (name.startsWith('modules.')) await cp(join(modules, name), join(to, name));
  for (const folder of moduleFolders) {
    const from = join(modules, 'kernel', folder);
    // The two kernels do not have all of the same.
    if (!existsSync(from)) continue;
    const target = join(to, 'kernel', folder);
    await mkdir(dirname(target), { recursive: true });
    await cp(from, target, { recursive: true });
  }
  await run('depmod', ['-b', root, release]);
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
