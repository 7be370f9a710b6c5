import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { stringify } from 'yaml';
import { BlockStorageClient } from './blockStorageClient.ts';
import { freePort } from './freePort.ts';
import { type RunningProcess, startProcess } from './process.ts';
import { canConnect } from './tgtd.ts';
import { waitFor } from './waitFor.ts';

/** The checkout. */
export const repository = resolve(import.meta.dirname, '../../..');

/** The built `scoria` program. */
export const scoriaProgram = join(repository, 'packages/cli/dist/scoria.js');

/** Project that the unix socket's caller works in. */
export const projectId = '0123456789abcdef0123456789abcdef';

/** Static tokens that {@link startScoria} configures when TCP is asked for. */
export const tokens = {
  admin: 'token-of-the-administrator-0001',
  member: 'token-of-a-member-of-the-project-1',
  reader: 'token-of-a-reader-of-the-project-1',
} as const;

/** A running `scoria serve` of the built artefacts. */
export interface Scoria extends AsyncDisposable {
  readonly process: RunningProcess;
  readonly configPath: string;
  readonly socketPath: string;
  readonly stateDirectory: string;
  /** `http://127.0.0.1:port`, when TCP was asked for. */
  readonly origin: string | undefined;
  /** A client on the unix socket. */
  readonly client: BlockStorageClient;
  /** Ends it with SIGTERM and waits. */
  stop(): Promise<void>;
  /** Ends it with SIGKILL, drivers included, as a power cut of the service would. */
  kill(): Promise<void>;
}

/** What to configure. */
export interface ScoriaOptions {
  /** Holds everything of this service; survives {@link Scoria.stop}, so that another start finds it. */
  readonly directory: string;
  /** One section per backend, as in the configuration file. */
  readonly backends: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly tcp?: boolean;
  /** Further top-level keys of the configuration file. */
  readonly settings?: Readonly<Record<string, unknown>>;
}

/** Writes a configuration file below `directory`; returns its path. */
export async function writeConfig(options: ScoriaOptions, port?: number): Promise<string> {
  const { directory, backends, settings = {} } = options;
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const configPath = join(directory, 'scoria.yaml');
  const tokensPath = join(directory, 'tokens.yaml');
  if (port !== undefined) {
    const entry = (token: string, role: string) => ({ token, role, project_id: projectId, user_id: role });
    await writeFile(
      tokensPath,
      stringify([
        entry(tokens.admin, 'admin'),
        entry(tokens.member, 'member'),
        entry(tokens.reader, 'reader'),
      ]),
      { mode: 0o600 },
    );
  }
  const config = {
    state_dir: join(directory, 'state'),
    api: {
      socket: join(directory, 'api.sock'),
      ...(port !== undefined && { listen: `127.0.0.1:${port}`, tokens_file: tokensPath }),
    },
    plugin_paths: [join(repository, 'packages')],
    enabled_backends: Object.keys(backends),
    ...settings,
    ...backends,
  };
  await writeFile(configPath, stringify(config), { mode: 0o600 });
  return configPath;
}

/** A section of an iSCSI backend over sparse files and a tgtd of the caller's. */
export function tgtBackend(
  directory: string,
  tgtd: { readonly controlSocket: string; readonly port: number },
): Record<string, unknown> {
  return {
    volume_driver: 'iscsi',
    iscsi_helper: 'tgtadm',
    backing_store: 'file',
    iscsi_ip_address: '127.0.0.1',
    iscsi_port: tgtd.port,
    tgt_control_socket: tgtd.controlSocket,
    volumes_dir: join(directory, 'tgt-conf'),
    file_store_dir: join(directory, 'volumes'),
  };
}

/** Starts `scoria serve` and waits until it serves; backends may still be starting. */
export async function startScoria(options: ScoriaOptions): Promise<Scoria> {
  const port = options.tcp === true ? await freePort() : undefined;
  const configPath = await writeConfig(options, port);
  const socketPath = join(options.directory, 'api.sock');
  const running = startProcess(process.execPath, [scoriaProgram, 'serve', '--config', configPath], {
    env: { PATH: process.env['PATH'] ?? '', HOME: options.directory },
  });
  const client = new BlockStorageClient({ socketPath, prefix: `/v3/${projectId}` });
  try {
    await waitFor(
      'scoria to serve',
      async () => {
        if (running.child.exitCode !== null)
          throw new Error(`scoria serve ended with ${running.child.exitCode}:\n${running.output()}`);
        return await canConnect(socketPath);
      },
      { intervalMs: 5 },
    );
  } catch (error) {
    await running.stop('SIGKILL');
    throw error;
  }
  return {
    process: running,
    configPath,
    socketPath,
    stateDirectory: join(options.directory, 'state'),
    origin: port === undefined ? undefined : `http://127.0.0.1:${port}`,
    client,
    async stop() {
      await client.close();
      await running.stop();
    },
    async kill() {
      await client.close();
      await running.stop('SIGKILL');
    },
    async [Symbol.asyncDispose]() {
      await running.stop();
      await client.close();
    },
  };
}

/** Waits until every backend of the service is up. */
export async function backendsUp(client: BlockStorageClient): Promise<void> {
  await waitFor('all backends to be up', async () => {
    const { services } = await client.ok('GET', '/os-services');
    return services.length > 0 && services.every((each: { state: string }) => each.state === 'up');
  });
}
