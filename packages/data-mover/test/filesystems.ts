import { execFileSync } from 'node:child_process';
import {
  constants,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';

/** A real filesystem to test on; `skip` says why it cannot be had here. */
export interface TestFilesystem {
  readonly name: string;
  readonly path: string;
  readonly reflinks: boolean;
  readonly skip: string | undefined;
}

const MIB = 1024 * 1024;
const root = mkdtempSync(join(tmpdir(), 'data-mover-'));
const mounted: string[] = [];

afterAll(() => {
  for (const path of mounted.reverse()) execFileSync('umount', [path]);
  rmSync(root, { recursive: true, force: true });
});

/** A directory on the filesystem of the temporary directory. */
export const here: TestFilesystem = {
  name: 'temporary directory',
  path: root,
  reflinks: canClone(root),
  skip: undefined,
};

/** Mounts one more filesystem until the end of this test file. */
export function mountFilesystem(type: 'ext4' | 'xfs' | 'btrfs' | 'tmpfs', mib = 400): TestFilesystem {
  const path = join(root, `${type}-${mounted.length}`);
  const reflinks = type === 'xfs' || type === 'btrfs';
  try {
    mkdirSync(path);
    if (type === 'tmpfs') {
      run('mount', ['-t', 'tmpfs', '-o', `size=${mib}m`, 'tmpfs', path]);
    } else {
      const image = `${path}.img`;
      writeFileSync(image, '');
      truncateSync(image, mib * MIB);
      run(`mkfs.${type}`, ['-q', image]);
      run('mount', ['-o', 'loop', image, path]);
    }
    mounted.push(path);
    return { name: type, path, reflinks, skip: undefined };
  } catch (error) {
    const skip = `no ${type}: ${error instanceof Error ? error.message.split('\n').join(' ') : String(error)}`;
    console.warn(`SKIPPED ${skip}`);
    return { name: type, path, reflinks, skip };
  }
}

/** All kinds that the worker has to be right on. */
export function everyFilesystem(): TestFilesystem[] {
  return [
    here,
    mountFilesystem('ext4'),
    mountFilesystem('xfs'),
    mountFilesystem('btrfs'),
    mountFilesystem('tmpfs'),
  ];
}

/** Attaches a loop device to a file. @returns its path, and what detaches it */
export function attachLoop(file: string): { readonly path: string; readonly detach: () => void } {
  const path = execFileSync('losetup', ['--find', '--show', file], { encoding: 'utf8' }).trim();
  return { path, detach: () => execFileSync('losetup', ['--detach', path]) };
}

/** Why there are no loop devices here, if so. */
export const noLoopDevices: string | undefined = (() => {
  const file = join(root, 'probe');
  writeFileSync(file, Buffer.alloc(4096));
  try {
    attachLoop(file).detach();
    return undefined;
  } catch (error) {
    console.warn(`SKIPPED tests on loop devices: ${String(error)}`);
    return String(error);
  } finally {
    rmSync(file);
  }
})();

function run(program: string, args: string[]): void {
  execFileSync(program, args, {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' },
  });
}

function canClone(directory: string): boolean {
  const file = join(directory, 'clone-probe');
  writeFileSync(file, 'x');
  try {
    copyFileSync(file, `${file}-2`, constants.COPYFILE_FICLONE_FORCE);
    return true;
  } catch {
    return false;
  } finally {
    rmSync(file);
    rmSync(`${file}-2`, { force: true });
  }
}
