import { connect } from 'node:net';
import { join } from 'node:path';
import { freePort } from './freePort.ts';
import { type RunningProcess, startProcess } from './process.ts';
import { waitFor } from './waitFor.ts';

/** A tgtd of our own: private control socket, loopback portal. */
export interface Tgtd {
  readonly process: RunningProcess;
  /** Value of TGT_IPC_SOCKET. */
  readonly controlSocket: string;
  /** The socket it listens on: tgtd appends the control port, 0. */
  readonly socketPath: string;
  readonly port: number;
  /** tgtd ignores SIGTERM (targets.md §7), so it is killed. */
  stop(): Promise<void>;
}

/** Starts a private tgtd and waits until it answers. */
export async function startTgtd(
  directory: string,
  options: { readonly port?: number; readonly name?: string } = {},
): Promise<Tgtd> {
  const port = options.port ?? (await freePort());
  const controlSocket = join(directory, options.name ?? 'tgtd.sock');
  const socketPath = `${controlSocket}.0`;
  const running = startProcess('tgtd', ['-f', '-t', '1', '--iscsi', `portal=127.0.0.1:${port}`], {
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', TGT_IPC_SOCKET: controlSocket },
  });
  await waitFor('tgtd to answer', () => canConnect(socketPath), { timeoutMs: 10_000 });
  return { process: running, controlSocket, socketPath, port, stop: () => running.stop('SIGKILL') };
}

/** Whether somebody listens on a unix socket. */
export function canConnect(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}
