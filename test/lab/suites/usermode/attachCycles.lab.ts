import type { ConnectionInfo, Connector, Volume } from '@scoria/core/contract';
import { OpenIscsiConnector } from '@scoria/initiator';
import { afterAll, beforeAll, expect, it, onTestFailed } from 'vitest';
import type { RunningBackend } from '../../../e2e/contract/support/backend.ts';
import { lioObjects } from '../../support/configfsTree.ts';
import { readBytes, writeBytes } from '../../support/deviceIo.ts';
import { DriverVolumes } from '../../support/driverVolumes.ts';
import { describeHost, expectNothingAttached, startInitiator } from '../../support/initiatorHost.ts';
import { loadIscsiTarget, startIscsiBackend } from '../../support/iscsiBackend.ts';
import { OsBrick } from '../../support/osBrick/osBrick.ts';

const MIB = 1024 * 1024;
const MINUTE = 60_000;
const VOLUMES = 10;
const CYCLES = 10;
const initiator = new OpenIscsiConnector();
let host: AsyncDisposable;
let backend: RunningBackend;
let volumes: DriverVolumes;
let connector: Connector;
let exported: { readonly volume: Volume; readonly info: ConnectionInfo }[] = [];

beforeAll(async () => {
  await loadIscsiTarget();
  host = await startInitiator();
  connector = await initiator.connectorProperties();
  backend = await startIscsiBackend('lioadm', ['127.0.0.1']);
  volumes = new DriverVolumes(backend);
  for (let index = 0; index < VOLUMES; index += 1)
    exported.push(await volumes.connect(await volumes.make(8 * MIB), connector));
});
afterAll(async () => {
  for (const { volume, info } of exported) {
    await initiator.disconnect(info, { force: true }).catch(() => undefined);
    await volumes.disconnect(volume, connector, true);
    await volumes.remove(volume);
  }
  exported = [];
  expect(await volumes.owned()).toEqual([]);
  expect(await lioObjects()).toEqual([]);
  await backend[Symbol.asyncDispose]();
  await host[Symbol.asyncDispose]();
});

const say = (what: string, times: readonly number[]): void => {
  const sorted = [...times].sort((a, b) => a - b);
  const mean = sorted.reduce((sum, each) => sum + each, 0) / sorted.length;
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
  console.log(
    `${what}: ${sorted.length} times, mean ${Math.round(mean)} ms, median ${at(0.5)} ms, 95 % ${at(0.95)} ms`,
  );
};
const timed = async <T>(times: number[], work: () => Promise<T>): Promise<T> => {
  const began = performance.now();
  const value = await work();
  times.push(Math.round(performance.now() - began));
  return value;
};

it(
  `${VOLUMES * CYCLES} cycles in parallel over ${VOLUMES} volumes leave nothing and mix nothing up`,
  async () => {
    onTestFailed(async () => console.log(await describeHost()));
    const [attaching, detaching]: [number[], number[]] = [[], []];
    const began = performance.now();
    await Promise.all(
      exported.map(async ({ info }, index) => {
        for (let cycle = 0; cycle < CYCLES; cycle += 1) {
          const device = await timed(attaching, () => initiator.connect(info));
          // What the cycle before has written, and nobody else.
          const found = await readBytes(device.path, 0, 512);
          expect([...new Set(found)]).toEqual([cycle === 0 ? 0 : index * CYCLES + cycle]);
          await writeBytes(device.path, 0, Buffer.alloc(512, index * CYCLES + cycle + 1));
          expect(await timed(detaching, () => initiator.disconnect(device))).toMatchObject({ flushed: true });
        }
      }),
    );
    await expectNothingAttached();
    console.log(`${VOLUMES * CYCLES} cycles took ${Math.round((performance.now() - began) / 1000)} s`);
    say('attach, ten at once', attaching);
    say('detach, ten at once', detaching);
  },
  10 * MINUTE,
);

it(
  'one after the other, beside os-brick',
  async () => {
    const [ours, oursBack, theirs, theirsBack]: [number[], number[], number[], number[]] = [[], [], [], []];
    await using brick = new OsBrick({ multipath: false });
    for (const { info } of exported.slice(0, 5)) {
      const device = await timed(ours, () => initiator.connect(info));
      await timed(oursBack, () => initiator.disconnect(device));
      const { value, milliseconds } = await brick.connect(info);
      theirs.push(milliseconds);
      theirsBack.push((await brick.disconnect(info, value)).milliseconds);
    }
    say('attach', ours);
    say('attach by os-brick', theirs);
    say('detach', oursBack);
    say('detach by os-brick', theirsBack);
    await expectNothingAttached();
  },
  10 * MINUTE,
);
