import { access, constants, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { ProbeResult } from '@scoria/driver-sdk';
import { HostExecError, run } from '@scoria/host-exec';
import type { Configfs } from './configfs/configfs.ts';
import { isLioError } from './configfs/errors.ts';

const MODPROBE_MS = 30_000;
/** The target core and its two kinds of backstores. */
const MODULES = ['target_core_mod', 'target_core_file', 'target_core_iblock'];

/** A fabric of LIO: what carries SCSI to its targets. */
export interface Fabric {
  /** Its name, for people. */
  readonly title: string;
  /** Its directory below LIO's. */
  readonly directory: string;
  /** Its kernel module. */
  readonly module: string;
}

/** Where LIO is, and where its state is saved. */
export interface LioPlaces {
  /** LIO's directory of configfs. */
  readonly root: string;
  readonly saveconfig: string;
}

const exists = (path: string) =>
  stat(path).then(
    () => true,
    () => false,
  );

/** Asks for kernel modules. @returns why they are not there; null when they are */
async function loadModules(modules: readonly string[]): Promise<string | null> {
  try {
    await run('modprobe', ['-a', ...modules], { asRoot: true, deadlineMs: MODPROBE_MS });
    return null;
  } catch (error) {
    if (!(error instanceof HostExecError)) throw error;
    return `modprobe ${modules.join(' ')}: ${error.message.split('\n')[0]}`;
  }
}

/**
 * Whether LIO is there and may be configured: configfs mounted, modules loaded (they are asked for when they are not), the fabric's directory made, and
 * the saved file's directory writable.
 */
export async function probeLio(
  fs: Configfs,
  fabric: Fabric,
  { root, saveconfig }: LioPlaces,
): Promise<ProbeResult> {
  const modules = [...MODULES, fabric.module];
  if (!(await exists(dirname(root))))
    return {
      state: 'absent',
      reason: `configfs is not mounted at ${dirname(root)}, or this kernel has none`,
    };
  if (!(await exists(root))) {
    const why = await loadModules(modules);
    if (!(await exists(root)))
      return { state: 'absent', reason: `LIO has no ${root}: ${why ?? 'the modules did not make it'}` };
  }
  const refused = await makeFabric(fs, fabric, modules);
  if (refused !== null) return { state: 'absent', reason: refused };
  try {
    // The file's directory is made when it is not there.
    const directory = dirname(saveconfig);
    await access((await exists(directory)) ? directory : dirname(directory), constants.W_OK | constants.X_OK);
  } catch {
    return { state: 'degraded', reason: `${saveconfig} cannot be written: a reboot would lose the exports` };
  }
  return { state: 'ready', reason: '' };
}

/** Makes the fabric's directory, with its module loaded first when the kernel does not load it by itself. @returns why it is not there */
async function makeFabric(
  fs: Configfs,
  { title, directory }: Fabric,
  modules: readonly string[],
): Promise<string | null> {
  try {
    await fs.makeDirectory(directory);
    return null;
  } catch (error) {
    if (!isLioError(error)) throw error;
    const why = await loadModules(modules);
    return `LIO's ${title} fabric cannot be configured: ${error.message}${why === null ? '' : `; ${why}`}`;
  }
}
