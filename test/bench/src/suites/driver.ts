import { join } from 'node:path';
import { DriverSupervisor } from '@scoria/core';
import { repository, startTgtd, temporaryDirectory, tgtBackend } from '@scoria-test/support';
import pino from 'pino';
import { type Figure, figure, median, percentile } from '../figure.ts';

const entry = (folder: string) => join(repository, 'packages', folder, 'dist/main.js');
const calls = 5_000;

/** How soon a driver process serves, and what one call to it costs when the driver does nothing. */
export async function driverFigures(): Promise<Figure[]> {
  await using directory = await temporaryDirectory();
  const tgtd = await startTgtd(directory.path);
  const launch = {
    backend: 'bench',
    host: 'bench',
    driver: { name: 'iscsi', entry: entry('driver-iscsi'), executable: false },
    plugins: [
      { kind: 'target-helper' as const, name: 'tgtadm', entry: entry('target-helpers/tgtadm') },
      { kind: 'backing-store' as const, name: 'file', entry: entry('backing-stores/file') },
    ],
    options: tgtBackend(directory.path, tgtd),
    stateDir: directory.path,
  };
  const starts: number[] = [];
  const times: number[] = [];
  try {
    for (let round = 0; round < 7; round += 1) {
      await using supervisor = new DriverSupervisor(launch, { log: pino({ level: 'silent' }) });
      const started = performance.now();
      await supervisor.start();
      await supervisor.whenReady({ timeoutMs: 10_000 });
      starts.push(performance.now() - started);
      if (round > 0) continue;
      for (let call = -500; call < calls; call += 1) {
        const before = performance.now();
        await supervisor.client.getVersion({});
        if (call >= 0) times.push(performance.now() - before);
      }
    }
  } finally {
    await tgtd.stop();
  }
  return [
    figure('driver process ready', 'ms', median(starts), { better: 'lower', bound: 350 }),
    figure('no-op driver call, p50', 'µs', median(times) * 1000, { better: 'lower', bound: 200 }),
    figure('no-op driver call, p99', 'µs', percentile(times, 99) * 1000, { better: 'lower', bound: 2000 }),
  ];
}
