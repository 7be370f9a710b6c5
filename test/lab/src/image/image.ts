import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  bootModules,
  diskOptions,
  firstInit,
  guestBoot,
  guestPackages,
  moduleFolders,
  suite,
} from './contents.ts';
import { writeInitrd } from './initrd.ts';
import {
  fetchKernel,
  fetchUsermodeKernel,
  packageVersion,
  stockKernelRelease,
  USERMODE_PACKAGE,
  unpackKernel,
} from './kernel.ts';
import { makeRoot, packRoot } from './rootFileSystem.ts';

/** What a guest boots from. */
export interface GuestImage {
  readonly kernel: string;
  readonly initrd: string;
  readonly disk: string;
  /** The kernel that is a program of the host. */
  readonly usermodeKernel: string;
}

/**
 * The guest's image: made when there is none of these inputs yet, and kept below `cache`; images of other inputs are removed.
 *
 * @param say told what takes long
 */
export async function guestImage(cache: string, say: (text: string) => void): Promise<GuestImage> {
  const release = await stockKernelRelease();
  const inputs = {
    suite,
    release,
    usermode: await packageVersion(USERMODE_PACKAGE),
    node: process.version,
    guestPackages,
    diskOptions,
    moduleFolders,
    bootModules,
    guestBoot,
    firstInit,
  };
  const key = createHash('sha256').update(JSON.stringify(inputs)).digest('hex').slice(0, 16);
  const folder = join(cache, key);
  await mkdir(cache, { recursive: true });
  if (!existsSync(folder)) await make(cache, folder, release, say);
  for (const name of await readdir(cache))
    if (name !== key) await rm(join(cache, name), { recursive: true, force: true });
  return {
    kernel: join(folder, 'vmlinux'),
    initrd: join(folder, 'initrd'),
    disk: join(folder, 'root.img'),
    usermodeKernel: join(folder, 'linux.uml'),
  };
}

async function make(
  cache: string,
  folder: string,
  release: string,
  say: (text: string) => void,
): Promise<void> {
  say(`making the guest's image (kernel ${release}, ${guestPackages.length} packages), once`);
  const work = await mkdtemp(join(cache, 'making-'));
  try {
    const kernel = await fetchKernel(release, work);
    const usermode = await fetchUsermodeKernel(work);
    const root = join(work, 'root');
    await makeRoot(root, [kernel, usermode]);
    const made = join(work, 'made');
    await mkdir(made);
    await packRoot(root, join(made, 'root.img'));
    await writeInitrd(root, release, join(made, 'initrd'));
    await unpackKernel(kernel, join(made, 'vmlinux'));
    await copyFile(join(usermode.folder, 'usr/bin/linux.uml'), join(made, 'linux.uml'));
    await rename(made, folder);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}
