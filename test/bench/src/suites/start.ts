import { join } from 'node:path';
import {
  backendsUp,
  canConnect,
  processesMatching,
  residentBytes,
  type Scoria,
  scoriaProgram,
  startProcess,
  startTgtd,
  temporaryDirectory,
  tgtBackend,
  waitFor,
  writeConfig,
} from '@scoria-test/support';
import { type Figure, figure, median } from '../figure.ts';

const mebibyte = 2 ** 20;

/** Figures of the start: time to serve with four backends, memory of the service and of one driver process. */
export interface StartTimes {
  readonly servingMs: number;
  readonly backendsUpMs: number;
  readonly serviceBytes: number;
  readonly driverBytes: number;
  readonly totalBytes: number;
}

/** Starts the service with four backends a few times; medians. */
export async function measureStart(): Promise<StartTimes> {
  await using directory = await temporaryDirectory();
  const tgtd = await startTgtd(directory.path);
  try {
    const backends = Object.fromEntries(
      ['one', 'two', 'three', 'four'].map((name) => [name, tgtBackend(join(directory.path, name), tgtd)]),
    );
    const rounds: StartTimes[] = [];
    for (let round = 0; round < 5; round += 1) rounds.push(await oneStart(directory.path, backends));
    const of = (key: keyof StartTimes) => median(rounds.map((each) => each[key]));
    return {
      servingMs: of('servingMs'),
      backendsUpMs: of('backendsUpMs'),
      serviceBytes: of('serviceBytes'),
      driverBytes: of('driverBytes'),
      totalBytes: of('totalBytes'),
    };
  } finally {
    await tgtd.stop();
  }
}

async function oneStart(
  directory: string,
  backends: Record<string, Record<string, unknown>>,
): Promise<StartTimes> {
  const configPath = await writeConfig({ directory, backends });
  const socketPath = join(directory, 'api.sock');
  const started = performance.now();
  const running = startProcess(process.execPath, [scoriaProgram, 'serve', '--config', configPath], {
    env: { PATH: process.env['PATH'] ?? '', HOME: directory },
  });
  try {
    await waitFor('scoria to serve', () => canConnect(socketPath), { intervalMs: 5 });
    const servingMs = performance.now() - started;
    const client = await clientOf(socketPath);
    await backendsUp(client);
    const backendsUpMs = performance.now() - started;
    await client.close();
    const drivers = (await processesMatching('driver-iscsi')).filter(({ command }) =>
      command.includes('main.js'),
    );
    const driverSizes = await Promise.all(drivers.map(({ pid }) => residentBytes(pid)));
    const serviceBytes = await residentBytes(running.pid);
    return {
      servingMs,
      backendsUpMs,
      serviceBytes,
      driverBytes: Math.max(...driverSizes),
      totalBytes: serviceBytes + Math.max(...driverSizes),
    };
  } finally {
    await running.stop();
  }
}

async function clientOf(socketPath: string): Promise<Scoria['client']> {
  const { BlockStorageClient, projectId } = await import('@scoria-test/support');
  return new BlockStorageClient({ socketPath, prefix: `/v3/${projectId}` });
}

/** Judges the start against the peer's. Memory is compared with one backend each. */
export function startFigures(
  ours: StartTimes,
  peer: { readonly startMs: number; readonly bytes: number; readonly processes: number } | undefined,
): Figure[] {
  const start = peer && { name: 'Cinder, 1 backend', value: peer.startMs };
  const memory = peer && { name: `Cinder, ${peer.processes} processes`, value: peer.bytes / mebibyte };
  return [
    figure(
      'start to serving, 4 backends',
      'ms',
      ours.servingMs,
      { better: 'lower', bound: 2000, ratio: 4 },
      start,
    ),
    figure('start to all 4 backends up', 'ms', ours.backendsUpMs, { better: 'lower', bound: 2000 }, start),
    figure('resident, service', 'MiB', ours.serviceBytes / mebibyte, {
      better: 'lower',
      bound: 130e6 / mebibyte,
    }),
    figure('resident, one driver process', 'MiB', ours.driverBytes / mebibyte, {
      better: 'lower',
      bound: 75e6 / mebibyte,
    }),
    figure(
      'resident, service and one backend',
      'MiB',
      ours.totalBytes / mebibyte,
      { better: 'lower', ratio: 4 },
      memory,
    ),
  ];
}
