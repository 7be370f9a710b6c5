import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseDocument } from 'yaml';
import { run } from './run.ts';

const root = resolve(import.meta.dirname, '../..');
const program = join(root, 'packages/cli/dist/scoria.js');

/** Where the quickstart plays: a directory of its own, a tgtd and a service that it started. */
export interface Stage {
  readonly root: string;
  readonly directory: string;
  readonly mountpoint: string;
  readonly tgtSocket: string;
  readonly configPath: string;
  /** Processes to end, last started first. */
  readonly processes: {
    readonly name: string;
    readonly child: ChildProcess;
    readonly signal: NodeJS.Signals;
  }[];
  /** Attachments and mounts to take away when a step fails, last made first. */
  readonly undo: { readonly what: string; readonly run: () => Promise<unknown> }[];
  /** Runs `scoria ARGV --json` and parses its answer. */
  scoria(...argv: string[]): Promise<Record<string, unknown>>;
  startTgtd(): Promise<void>;
  startService(): Promise<void>;
  serviceLog(): string;
  elapsed(): number;
}

/** Makes the working directory; starts nothing. */
export async function openStage(): Promise<Stage> {
  const started = performance.now();
  const directory = await mkdtemp(join(tmpdir(), 'scoria-quickstart-'));
  const mountpoint = join(directory, 'mnt');
  const socket = join(directory, 'api.sock');
  const tgtSocket = join(directory, 'tgtd');
  const configPath = join(directory, 'scoria.yaml');
  const port = await freePort();
  const processes: Stage['processes'] = [];
  let log = '';
  await mkdir(mountpoint);
  await writeFile(configPath, await adaptedConfig(directory, socket, tgtSocket, port), { mode: 0o600 });

  const start = (
    name: string,
    file: string,
    argv: string[],
    env: Record<string, string>,
    signal: NodeJS.Signals,
  ) => {
    const child = spawn(file, argv, {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (piece) => {
        if (name === 'service') log += String(piece);
      });
    }
    processes.push({ name, child, signal });
    return child;
  };
  const answering = async (child: ChildProcess, path: string, what: string) => {
    const end = Date.now() + 20_000;
    while (!(await answers(path))) {
      if (child.exitCode !== null) throw new Error(`${what} ended with exit code ${child.exitCode}`);
      if (Date.now() > end) throw new Error(`${what} does not answer on ${path} after 20 s`);
      await sleep(10);
    }
  };
  return {
    root,
    directory,
    mountpoint,
    tgtSocket,
    configPath,
    processes,
    undo: [],
    async scoria(...argv) {
      const text = await run(process.execPath, [program, '--socket', socket, '--json', ...argv], {
        SCORIA_RUN_DIR: join(directory, 'run'),
      });
      return text.trim() === '' ? {} : (JSON.parse(text) as Record<string, unknown>);
    },
    async startTgtd() {
      // tgtd ignores SIGTERM.
      const child = start(
        'tgtd',
        'tgtd',
        ['-f', '-t', '1', '--iscsi', `portal=127.0.0.1:${port}`],
        { TGT_IPC_SOCKET: tgtSocket },
        'SIGKILL',
      );
      await answering(child, `${tgtSocket}.0`, 'tgtd');
    },
    async startService() {
      const child = start(
        'service',
        process.execPath,
        [program, 'serve', '--config', configPath],
        {},
        'SIGTERM',
      );
      await answering(child, socket, 'scoria serve');
    },
    serviceLog: () => log,
    elapsed: () => performance.now() - started,
  };
}

/** examples/quickstart.yaml, with its paths below the working directory and a port that is free. */
async function adaptedConfig(
  directory: string,
  socket: string,
  tgtSocket: string,
  port: number,
): Promise<string> {
  const document = parseDocument(await readFile(join(root, 'examples/quickstart.yaml'), 'utf8'));
  document.setIn(['state_dir'], join(directory, 'state'));
  document.setIn(['api', 'socket'], socket);
  document.setIn(['plugin_paths'], [join(root, 'packages')]);
  for (const backend of (document.toJS() as { enabled_backends: string[] }).enabled_backends) {
    document.setIn([backend, 'file_store_dir'], join(directory, 'volumes'));
    document.setIn([backend, 'volumes_dir'], join(directory, 'targets'));
    document.setIn([backend, 'tgt_control_socket'], tgtSocket);
    document.setIn([backend, 'iscsi_port'], port);
    document.setIn([backend, 'iscsi_ip_address'], '127.0.0.1');
  }
  return document.toString();
}

function answers(path: string): Promise<boolean> {
  const { promise, resolve: settle } = Promise.withResolvers<boolean>();
  const socket = connect(path);
  socket.once('connect', () => settle(true)).once('error', () => settle(false));
  return promise.finally(() => socket.destroy());
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  if (address === null || typeof address === 'string') throw new Error('the system gave no port');
  return address.port;
}
