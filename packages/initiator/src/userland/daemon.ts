import { spawn } from 'node:child_process';
import { constants } from 'node:fs';
import { type FileHandle, open, readdir, readFile, readlink, rm } from 'node:fs/promises';
import { ContractError, type Secret } from '@scoria/core/contract';
import { COMMAND_PATH } from '@scoria/host-exec';
import { type Budget, becomesTrue } from '../budget.ts';
import type { LunAddress } from '../iscsi/proof.ts';
import { identifyProcess, type ProcessIdentity, processRuns } from '../processIdentity.ts';
import { QMP_SOCKET, Qmp } from './qmp.ts';
import type { AttachmentFiles } from './record.ts';

const PROGRAM = 'qemu-storage-daemon';
/** Node name of the LUN inside the daemon. */
export const LUN_NODE = 'lun';
/** Descriptor in the daemon that the CHAP secret is read from. */
const SECRET_FD = 3;
const QUIT_MS = 3_000;
const TERM_MS = 2_000;
const KILL_MS = 2_000;

/** What a daemon serves. */
export interface DaemonParams {
  readonly address: LunAddress;
  readonly initiatorName: string;
  readonly chap: { readonly username: string; readonly secret: Secret } | null;
  readonly readOnly: boolean;
  /** Let discards through; only for a LUN that unmaps and then reads zeros. */
  readonly discard: boolean;
}

/**
 * Starts a daemon that serves the LUN as the file `files.disk`, in a process group of its own, so that it outlives this
 * process and can be ended as a whole. The CHAP secret reaches it by the descriptor of a 0600 file that has no name
 * any more when the daemon starts, so nothing is left of it when this process is killed; all else in argv is no secret.
 *
 * @param onStarted told who it is as soon as it runs, before it is known to work
 * @throws ContractError TOOL_MISSING, DEVICE_UNAVAILABLE with the daemon's own words, DEADLINE_EXCEEDED, CANCELLED
 */
export async function startDaemon(
  files: AttachmentFiles,
  params: DaemonParams,
  budget: Budget,
  onStarted: (daemon: ProcessIdentity) => Promise<void>,
): Promise<ProcessIdentity> {
  const secret = params.chap === null ? null : await namelessFile(files.secret, params.chap.secret);
  try {
    const { pid, failed } = await launch(files, argumentsOf(files, params), secret);
    const daemon = await identifyProcess(pid);
    if (daemon !== null) await onStarted(daemon);
    const qmp = await budget.until(
      'starting the storage daemon',
      async () => {
        const connection = await Qmp.open(files.directory, budget.signal);
        if (connection === null && (daemon === null || !(await processRuns(daemon)))) throw await failed();
        return connection;
      },
      3,
    );
    qmp.close();
    if (daemon === null) throw await failed();
    return daemon;
  } finally {
    await secret?.close();
  }
}

/**
 * Ends a daemon: asks it to quit, then SIGTERM, then SIGKILL to its group. With `atOnce` only SIGKILL: then what waits
 * for the daemon fails instead of waiting on.
 *
 * @returns whether it is gone
 */
export async function stopDaemon(
  files: AttachmentFiles,
  daemon: ProcessIdentity,
  atOnce = false,
): Promise<boolean> {
  if (!(await processRuns(daemon))) return true;
  const gone = async (): Promise<boolean> => !(await processRuns(daemon));
  if (!atOnce && (await askToQuit(files.directory))) {
    if (await becomesTrue(QUIT_MS, gone, 5)) return true;
  }
  const term = [['SIGTERM', TERM_MS]] as const;
  for (const [signal, wait] of [...(atOnce ? [] : term), ['SIGKILL', KILL_MS] as const]) {
    // The identity is checked again right before: the number may have passed to somebody else.
    if (await gone()) return true;
    process.kill(-daemon.pid, signal);
    if (await becomesTrue(wait, gone, 5)) return true;
  }
  return false;
}

/** Daemons whose working directory is this attachment's: what a process that died while attaching left unrecorded. */
export async function findDaemons(directory: string): Promise<ProcessIdentity[]> {
  const found: ProcessIdentity[] = [];
  for (const entry of await readdir('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    const cwd = await readlink(`/proc/${entry}/cwd`).catch(() => null);
    if (cwd !== directory) continue;
    const command = await readFile(`/proc/${entry}/cmdline`, 'utf8').catch(() => '');
    const identity = await identifyProcess(Number(entry));
    if (identity !== null && command.split('\0')[0]?.endsWith(PROGRAM) === true) found.push(identity);
  }
  return found;
}

async function askToQuit(directory: string): Promise<boolean> {
  const signal = AbortSignal.timeout(1_000);
  try {
    const qmp = await Qmp.open(directory, signal);
    if (qmp === null) return false;
    await Promise.race([
      qmp.execute('quit'),
      new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true })),
    ]);
    qmp.close();
    return !signal.aborted;
  } catch (error) {
    // It is silent: it has to be ended without being asked.
    if (signal.aborted) return false;
    // It may end before it has answered; whether it did is looked at next.
    if (error instanceof ContractError) return true;
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false;
    throw error;
  }
}

function argumentsOf(files: AttachmentFiles, params: DaemonParams): string[] {
  const { address, chap } = params;
  const node = {
    driver: 'iscsi',
    'node-name': LUN_NODE,
    transport: 'tcp',
    portal: address.portal,
    target: address.iqn,
    lun: address.lun,
    'initiator-name': params.initiatorName,
    ...(chap !== null && { user: chap.username, 'password-secret': 'chap' }),
    'read-only': params.readOnly,
    discard: params.discard ? 'unmap' : 'ignore',
  };
  const exported = {
    type: 'fuse',
    id: 'disk',
    'node-name': LUN_NODE,
    mountpoint: files.disk,
    writable: !params.readOnly,
  };
  const control = { 'qom-type': 'secret', id: 'chap', file: `/proc/self/fd/${SECRET_FD}` };
  return [
    ...[
      '--chardev',
      `socket,id=control,path=${QMP_SOCKET},server=on,wait=off`,
      '--monitor',
      'chardev=control',
    ],
    ...(chap === null ? [] : ['--object', JSON.stringify(control)]),
    ...['--blockdev', JSON.stringify(node), '--export', JSON.stringify(exported)],
  ];
}

/** A file that holds the secret and whose name is gone before anything is in it. */
async function namelessFile(path: string, secret: Secret): Promise<FileHandle> {
  await rm(path, { force: true });
  const flags = constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
  const file = await open(path, flags, 0o600);
  try {
    await rm(path, { force: true });
    await file.writeFile(secret.reveal());
    return file;
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function launch(
  files: AttachmentFiles,
  args: readonly string[],
  secret: FileHandle | null,
): Promise<{ pid: number; failed: () => Promise<ContractError> }> {
  const log = await open(files.log, 'w', 0o600);
  try {
    const child = spawn(PROGRAM, args, {
      cwd: files.directory,
      detached: true,
      env: { LC_ALL: 'C', PATH: COMMAND_PATH },
      // The secret's descriptor becomes number SECRET_FD.
      stdio: ['ignore', log.fd, log.fd, ...(secret === null ? [] : [secret.fd])],
    });
    const started = Promise.withResolvers<void>();
    child.once('spawn', started.resolve);
    child.once('error', started.reject);
    await started.promise;
    child.unref();
    if (child.pid === undefined) throw new Error('no process number');
    return { pid: child.pid, failed: () => startFailure(files) };
  } catch (error) {
    throw new ContractError(
      'TOOL_MISSING',
      `Cannot start ${PROGRAM}: ${error instanceof Error ? error.message : String(error)}. It comes with qemu-utils (Debian 12) and qemu-block-extra.`,
      { cause: error },
    );
  } finally {
    await log.close();
  }
}

async function startFailure(files: AttachmentFiles): Promise<ContractError> {
  const said = await readFile(files.log, 'utf8').catch(() => '');
  const words = said.trim().split('\n').slice(-4).join('; ');
  if (/Unknown driver .?iscsi/.test(words)) {
    return new ContractError('TOOL_MISSING', `${PROGRAM} has no iSCSI driver: install qemu-block-extra.`);
  }
  return new ContractError(
    'DEVICE_UNAVAILABLE',
    `${PROGRAM} ended at its start: ${words === '' ? 'it gave no reason' : words}`,
  );
}
