import { access, constants, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { ProbeResult } from '@scoria/driver-sdk';
import { HostExecError, run } from '@scoria/host-exec';
import type { Configfs } from './configfs/configfs.ts';
import { isLioError } from './configfs/errors.ts';

const MODPROBE_MS = 30_000;
/** The target core, its two kinds of backstores, and the iSCSI fabric. */
const MODULES = ['target_core_mod', 'target_core_file', 'target_core_iblock', 'iscsi_target_mod'];

const exists = (path: string) =>
  stat(path).then(
    () => true,
    () => false,
  );

/** Asks for the kernel's modules. @returns why they are not there; null when they are */
async function loadModules(): Promise<string | null> {
  try {
    await run('modprobe', ['-a', ...MODULES], { asRoot: true, deadlineMs: MODPROBE_MS });
    return null;
  } catch (error) {
    if (!(error instanceof HostExecError)) throw error;
    return `modprobe ${MODULES.join(' ')}: ${error.message.split('\n')[0]}`;
  }
}

/**
 * Whether LIO is there and may be configured: configfs mounted, modules loaded (they are asked for when they are not), the fabric's directory made, and
 * the saved file's directory writable.
 */
export async function probeLio(fs: Configfs, root: string, saveconfig: string): Promise<ProbeResult> {
  if (!(await exists(dirname(root))))
    return {
      state: 'absent',
      reason: `configfs is not mounted at ${dirname(root)}, or this kernel has none`,
    };
  if (!(await exists(root))) {
    const why = await loadModules();
    if (!(await exists(root)))
      return { state: 'absent', reason: `LIO has no ${root}: ${why ?? 'the modules did not make it'}` };
  }
  try {
    await fs.makeDirectory('iscsi');
  } catch (error) {
    if (!isLioError(error)) throw error;
    const why = await loadModules();
    return {
      state: 'absent',
      reason: `LIO's iSCSI fabric cannot be configured: ${error.message}${why === null ? '' : `; ${why}`}`,
    };
  }
  try {
    // The file's directory is made when it is not there.
    const directory = dirname(saveconfig);
    await access((await exists(directory)) ? directory : dirname(directory), constants.W_OK | constants.X_OK);
  } catch {
    return { state: 'degraded', reason: `${saveconfig} cannot be written: a reboot would lose the exports` };
  }
  return { state: 'ready', reason: '' };
}
