import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type DriverLaunch, DriverSupervisor, PluginCatalog, type SupervisorSettings } from '@scoria/core';
import type { DriverClient } from '@scoria/core/contract';
import { type TemporaryDirectory, temporaryDirectory, waitFor } from '@scoria-test/support';
import { type Logger, pino } from 'pino';

/** What a combination of driver, helper and store needs to run. */
export interface BackendSpec {
  /** Name of the driver plugin. */
  readonly driver: string;
  /** The backend section; `directory` is its own and empty. */
  readonly options: (directory: string) => Readonly<Record<string, unknown>>;
  readonly settings?: Partial<SupervisorSettings>;
}

/** A backend whose driver runs as a supervised process of its built form. */
export interface RunningBackend extends AsyncDisposable {
  readonly client: DriverClient;
  readonly supervisor: DriverSupervisor;
  readonly directory: string;
  /** What the driver and its supervisor logged, line by line. */
  readonly logs: readonly string[];
  /** `kill -9` of the driver process; returns when another one serves. */
  killAndWait(): Promise<void>;
}

const packages = resolve(import.meta.dirname, '../../../../packages');

/** Waits that suit a test. */
const quick: Partial<SupervisorSettings> = {
  backOffMinMs: 20,
  backOffMaxMs: 200,
  probePollMs: 20,
  // The kills of the tests are no reason for quarantine.
  crashLimit: 1_000,
};

/** Every plugin of the workspace, as a service would find it. */
let catalog: Promise<PluginCatalog> | undefined;
export function workspacePlugins(): Promise<PluginCatalog> {
  catalog ??= PluginCatalog.scan([
    packages,
    join(packages, 'target-helpers'),
    join(packages, 'backing-stores'),
  ]);
  return catalog;
}

/** Starts a backend and waits until it serves. */
export async function startBackend(spec: BackendSpec): Promise<RunningBackend> {
  const directory = await temporaryDirectory('scoria-contract-');
  const backend = await prepareBackend(spec, directory);
  try {
    await backend.supervisor.start();
    await backend.supervisor.whenReady({ timeoutMs: 30_000 });
    return backend;
  } catch (error) {
    await backend[Symbol.asyncDispose]();
    throw error;
  }
}

/** As {@link startBackend}, without starting it. */
export async function prepareBackend(
  spec: BackendSpec,
  directory: TemporaryDirectory,
): Promise<RunningBackend> {
  const plugins = await workspacePlugins();
  const stateDir = join(directory.path, 'state');
  await mkdir(stateDir, { mode: 0o700 });
  const launch: DriverLaunch = {
    backend: 'contract',
    host: 'node',
    driver: plugins.find('driver', spec.driver),
    plugins: plugins.plugins
      .filter(({ kind }) => kind !== 'driver')
      .map(({ kind, name, entry }) => ({ kind, name, entry })),
    options: spec.options(directory.path),
    stateDir,
  };
  const logs: string[] = [];
  const log: Logger = pino({ level: 'debug' }, { write: (line) => void logs.push(line) });
  const supervisor = new DriverSupervisor(launch, { log, settings: { ...quick, ...spec.settings } });
  return {
    client: supervisor.client,
    supervisor,
    directory: directory.path,
    logs,
    killAndWait: async () => {
      const { pid } = supervisor.status;
      if (pid === undefined) throw new Error('there is no driver process to kill');
      process.kill(pid, 'SIGKILL');
      await waitFor('another driver process', () => {
        const { state, pid: now } = supervisor.status;
        if (state === 'quarantined') throw new Error(`quarantined: ${supervisor.status.reason}`);
        return state === 'ready' && now !== pid;
      });
    },
    [Symbol.asyncDispose]: async () => {
      await supervisor.stop();
      await directory[Symbol.asyncDispose]();
    },
  };
}
