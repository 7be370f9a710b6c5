import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pino } from 'pino';
import { onTestFinished } from 'vitest';
import { bytes, type OperationArguments } from '../../src/contract/index.ts';
import {
  type DriverLaunch,
  type DriverStatus,
  DriverSupervisor,
  type SupervisorSettings,
} from '../../src/index.ts';

/** Patience that suits a test; each can be overridden. */
const quick: Partial<SupervisorSettings> = {
  startTimeoutMs: 10_000,
  probePollMs: 20,
  backOffMinMs: 20,
  backOffMaxMs: 200,
  drainMs: 2_000,
  shutdownMs: 500,
  exitMs: 500,
  termMs: 300,
  exitReportMs: 500,
  nodeArgs: ['--conditions=scoria-source'],
};

export interface Supervised {
  readonly supervisor: DriverSupervisor;
  /** Every record the supervisor and the driver have logged. */
  readonly logs: Record<string, unknown>[];
  readonly launch: DriverLaunch;
  /** Resolves with the first status that suits, the present one included. */
  until(what: (status: DriverStatus) => boolean): Promise<DriverStatus>;
  /** Resolves once a suitable record is in the log. */
  logged(what: (record: Record<string, unknown>) => boolean): Promise<Record<string, unknown>>;
}

/** A supervisor of a fixture driver; stopped when the test ends. */
export async function supervise(
  options: {
    fixture?: string;
    start?: string;
    settings?: Partial<SupervisorSettings>;
    launch?: Partial<DriverLaunch>;
  } = {},
): Promise<Supervised> {
  const stateDir = await mkdtemp(join(tmpdir(), 'scoria-supervised-'));
  const logs: Record<string, unknown>[] = [];
  const watchers = new Set<() => void>();
  const log = pino(
    { level: 'trace' },
    {
      write: (line) => {
        logs.push(JSON.parse(line));
        for (const look of watchers) look();
      },
    },
  );
  const launch: DriverLaunch = {
    backend: 'test',
    host: 'host',
    driver: { name: 'scripted', entry: fixturePath(options.fixture ?? 'scripted.ts'), executable: false },
    plugins: [],
    options: {},
    stateDir,
    env: { START: options.start ?? '' },
    ...options.launch,
  };
  const supervisor = new DriverSupervisor(launch, { log, settings: { ...quick, ...options.settings } });
  onTestFinished(async () => {
    await supervisor.stop();
    await rm(stateDir, { recursive: true, force: true });
  });
  return {
    supervisor,
    logs,
    launch,
    until: (what) =>
      new Promise((resolve) => {
        const look = (): void => {
          if (!what(supervisor.status)) return;
          forget();
          resolve(supervisor.status);
        };
        const forget = supervisor.onStatus(look);
        look();
      }),
    logged: (what) =>
      new Promise((resolve) => {
        const look = (): void => {
          const found = logs.find(what);
          if (found === undefined) return;
          watchers.delete(look);
          resolve(found);
        };
        watchers.add(look);
        look();
      }),
  };
}

/** As {@link supervise}, started and ready. */
export async function running(options: Parameters<typeof supervise>[0] = {}): Promise<Supervised> {
  const supervised = await supervise(options);
  await supervised.supervisor.start();
  await supervised.supervisor.whenReady();
  return supervised;
}

/** Path of a fixture driver. */
export function fixturePath(name: string): string {
  return fileURLToPath(new URL(`../fixtures/drivers/${name}`, import.meta.url));
}

/** Arguments of an extendVolume call that tells the scripted driver what to do. */
export function tell(action: string, more: Record<string, string> = {}): OperationArguments<'extendVolume'> {
  return {
    volume: {
      id: '7f9c24e8-3b12-4fef-91e0-d1b1d6b7f001',
      name: 'volume-1',
      size: bytes(1024),
      host: '',
      providerLocation: null,
      providerAuth: null,
      providerGeometry: null,
      providerId: null,
      encryptionKeyId: null,
      multiattach: false,
      readOnly: false,
      metadata: { do: action, ...more },
      extraSpecs: {},
    },
    newSize: bytes(2048),
  };
}

/** Whether a process (or, negative, a group) exists. */
export function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
