import { spawn } from 'node:child_process';
import { mkdir, open, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { ContractError } from '@scoria/driver-sdk';
import { formatPortal } from '@scoria/target-kit';
import { isTgtError, type TgtClient } from '../management/index.ts';
import { holdsSocket } from './holdsSocket.ts';
import { type ProcessIdentity, processIdentity } from './identity.ts';
import { readPidFile, writePidFile } from './pidFile.ts';
import { freeLoopbackPort, prepareRdma } from './rdma.ts';

/** How to start a tgtd. */
export interface SpawnSpec {
  /** TGT_IPC_SOCKET. */
  readonly controlPath: string;
  readonly controlPort: number;
  readonly addresses: readonly string[];
  readonly port: number;
  readonly workerThreads: number;
  /** For a daemon that serves iSER; absent: one that serves iSCSI. */
  readonly iser?: { readonly poolMebibytes: number } | undefined;
}

const START_MS = 10_000;
const POLL_MS = 20;
const LOG_TAIL = 600;
/** Debian has it in /usr/sbin, which is not in everybody's PATH. */
const SEARCH_PATH = '/usr/sbin:/usr/bin:/sbin:/bin:/usr/local/sbin:/usr/local/bin';

export const pidFileOf = (controlPath: string) => `${controlPath}.pid`;
const socketPathOf = ({ controlPath, controlPort }: SpawnSpec) => `${controlPath}.${controlPort}`;
const logFileOf = (controlPath: string) => `${controlPath}.log`;

async function answers(client: TgtClient): Promise<boolean> {
  try {
    await client.showDrivers({ deadlineMs: 2_000 });
    return true;
  } catch (error) {
    if (isTgtError(error, 'DAEMON_NOT_RUNNING', 'DAEMON_CLOSED', 'DEADLINE', 'DAEMON_BUSY')) return false;
    throw error;
  }
}

const portalParameters = ({ addresses, port }: SpawnSpec) =>
  addresses.map((address) => `portal=${formatPortal({ address, port })}`).join(',');

/**
 * Starts a tgtd in a session of its own, so that it and its initiators' sessions outlive this process. stdin is /dev/null
 * opened for reading: tgtd 1.0.85 to 1.0.97 touch descriptor 0 for a moment when a backing file is reopened.
 *
 * Not started by host-exec, whose commands end with the operation that runs them.
 */
async function start(spec: SpawnSpec): Promise<number> {
  await mkdir(dirname(spec.controlPath), { recursive: true, mode: 0o700 });
  const log = await open(logFileOf(spec.controlPath), 'w', 0o600);
  try {
    const argv = [
      '-f',
      '-t',
      String(spec.workerThreads),
      '-C',
      String(spec.controlPort),
      '--iscsi',
      portalParameters(spec),
      // A gibibyte of shared memory unless it is told less: tgtd without it serves no iSER, and says so only in its log.
      ...(spec.iser === undefined ? [] : ['--iser', `pool_sz_mb=${spec.iser.poolMebibytes}`]),
    ];
    const child = spawn('tgtd', argv, {
      detached: true,
      cwd: '/',
      env: { PATH: SEARCH_PATH, LC_ALL: 'C', TGT_IPC_SOCKET: spec.controlPath },
      stdio: ['ignore', log.fd, log.fd],
    });
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', (cause: NodeJS.ErrnoException) =>
        reject(
          new ContractError(
            cause.code === 'ENOENT' ? 'TOOL_MISSING' : 'BACKEND_UNAVAILABLE',
            cause.code === 'ENOENT'
              ? 'tgtd is not installed (Debian package: tgt)'
              : `tgtd cannot be started: ${cause.message}`,
            { cause },
          ),
        ),
      );
    });
    child.unref();
    return child.pid ?? -1;
  } finally {
    await log.close();
  }
}

/**
 * Where an iSER daemon's other side listens: tgtd cannot do without TCP, and would take iSER's own port. What it serves over iSER cannot be
 * reached there.
 *
 * @throws ContractError BACKEND_UNAVAILABLE when this host has no RDMA
 */
async function asideForIser(spec: SpawnSpec): Promise<SpawnSpec> {
  const missing = await prepareRdma();
  if (missing !== null) throw new ContractError('BACKEND_UNAVAILABLE', `tgtd cannot serve iSER: ${missing}`);
  return { ...spec, addresses: ['127.0.0.1'], port: await freeLoopbackPort() };
}

/** Kills what was started here a moment ago. */
async function killStarted(started: ProcessIdentity | undefined): Promise<void> {
  if (!started || (await processIdentity(started.pid))?.startTime !== started.startTime) return;
  try {
    process.kill(started.pid, 'SIGKILL');
  } catch (error) {
    // It ended by itself in between.
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

/**
 * tgtd whose portal is taken does not end: it listens on **every** address at port 3260 instead. Such a one is killed.
 *
 * @throws ContractError BACKEND_UNAVAILABLE
 */
async function checkPortals(client: TgtClient, spec: SpawnSpec, started: ProcessIdentity): Promise<void> {
  const wanted = spec.addresses.map((address) => formatPortal({ address, port: spec.port }));
  const actual = await client.showPortals('iscsi');
  if (wanted.every((portal) => actual.includes(portal)) && actual.length === wanted.length) return;
  await killStarted(started);
  throw new ContractError(
    'BACKEND_UNAVAILABLE',
    `tgtd could not listen on ${wanted.join(', ')}: ${await lastWords(spec.controlPath)}`,
    { details: { portals: wanted.join(' ') } },
  );
}

async function lastWords(controlPath: string): Promise<string> {
  const said = await readFile(logFileOf(controlPath), 'utf8').catch(() => '');
  return said.trim().slice(-LOG_TAIL);
}

/**
 * Makes sure that a tgtd answers: the one that does already, the one that another process is starting, or a new one.
 *
 * @throws ContractError TOOL_MISSING (tgtd is not installed), BACKEND_UNAVAILABLE (it does not come up: a port in use, say)
 */
export async function ensureTgtd(client: TgtClient, asked: SpawnSpec): Promise<'running' | 'started'> {
  if (await answers(client)) return 'running';
  const spec = asked.iser === undefined ? asked : await asideForIser(asked);
  const pidFile = pidFileOf(spec.controlPath);
  const existing = await readPidFile(pidFile);
  const pid = existing?.pid ?? (await start(spec));
  const identity = await processIdentity(pid);
  const end = performance.now() + START_MS;
  while (!(await answers(client))) {
    const isAlive = (await processIdentity(pid)) !== undefined;
    if (!isAlive || performance.now() > end) {
      // Another process may start one at the same time: tgtd's own lock lets one of them win, and ours may be the other.
      await setTimeout(POLL_MS);
      if (await answers(client)) return 'running';
      if (!existing) await killStarted(identity);
      const why = isAlive ? `does not answer after ${START_MS} ms` : 'ended at once';
      throw new ContractError('BACKEND_UNAVAILABLE', `tgtd ${why}: ${await lastWords(spec.controlPath)}`);
    }
    await setTimeout(POLL_MS);
  }
  if (existing || !identity) return 'running';
  if (!(await holdsSocket(pid, socketPathOf(spec)))) {
    // The other one won. Ours may be too slow to have noticed, and would take over when the other ends.
    await killStarted(identity);
    return 'running';
  }
  await checkPortals(client, spec, identity);
  await writePidFile(pidFile, identity);
  return 'started';
}
