import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  backendsUp,
  processesMatching,
  type Scoria,
  startScoria,
  startTgtd,
  type Tgtd,
  temporaryDirectory,
  tgtBackend,
  waitFor,
} from '@scoria-test/support';
import { expect, onTestFinished, test } from 'vitest';
import { holdings } from './holdings.ts';
import { seededRandom } from './random.ts';
import { Tenant } from './tenant.ts';

/** `SCORIA_CHAOS_SEED` repeats a run as far as timing allows; `SCORIA_CHAOS_SECONDS` makes it longer. */
const seed = Number(process.env['SCORIA_CHAOS_SEED'] ?? randomInt(2 ** 31));
const workMs = 1_000 * Number(process.env['SCORIA_CHAOS_SECONDS'] ?? 12);

test(`service, driver and tgtd killed at random (seed ${seed}): nothing is stuck, leaked or wrong`, {
  timeout: workMs + 120_000,
}, async () => {
  const temporary = await temporaryDirectory('scoria-chaos-');
  const directory = temporary.path;
  let tgtd: Tgtd = await startTgtd(directory);
  const options = { directory, backends: { files: tgtBackend(directory, tgtd) } };
  let scoria: Scoria = await startScoria(options);
  const logs: string[] = [];
  onTestFinished(async () => {
    await scoria[Symbol.asyncDispose]();
    await tgtd.stop();
    await temporary[Symbol.asyncDispose]();
  });
  await backendsUp(scoria.client);

  const end = Date.now() + workMs;
  const over = () => Date.now() > end;
  const tenants = ['a', 'b', 'c'].map((name, index) => {
    const random = seededRandom(seed + index + 1);
    return new Tenant(name, { directory, random, client: () => scoria.client, over });
  });

  const kills = {
    async service() {
      logs.push(scoria.process.output());
      await scoria.kill();
      scoria = await startScoria(options);
    },
    async driver() {
      const drivers = (await processesMatching('driver-iscsi')).filter(({ command }) =>
        command.includes('main.js'),
      );
      for (const { pid } of drivers) if (await isOurs(pid, scoria.process.pid)) process.kill(pid, 'SIGKILL');
    },
    async tgtd() {
      await tgtd.process.stop('SIGKILL');
      tgtd = await startTgtd(directory, { port: tgtd.port });
    },
  };
  const killed = { service: 0, driver: 0, tgtd: 0 };
  async function rage(): Promise<void> {
    const random = seededRandom(seed);
    while (!over()) {
      await sleep(150 + random.below(1_200));
      const victim = random.pick(['service', 'service', 'driver', 'driver', 'tgtd'] as const);
      for (const { diary } of tenants) diary.push(`--- kill ${victim}`);
      await kills[victim]();
      killed[victim] += 1;
    }
  }
  const outcomes = await Promise.allSettled([rage(), ...tenants.map((tenant) => tenant.work())]);
  const output = () => [...logs, scoria.process.output()].join('\n');
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
  const { client } = scoria;
  await backendsUp(client);

  const asked = tenants.reduce((sum, { diary }) => sum + diary.length, 0);
  console.info(`chaos: seed ${seed}, ${asked} requests, killed ${JSON.stringify(killed)}`);
  for (const tenant of tenants)
    expect(await tenant.differences(), `contents\n${tenant.diary.join('\n')}`).toEqual([]);

  // What is exported comes back by itself; then all that can be looked at says the same.
  await waitFor(
    'targets as recorded',
    async () => {
      const now = await holdings(directory, tgtd);
      return now.targets.length === new Set(now.connections.map((each) => each.split(' ')[0])).size;
    },
    { timeoutMs: 15_000 },
  ).catch(() => undefined);
  const found = await holdings(directory, tgtd);
  const exported = [...new Set(found.connections.map((each) => `${each.split(' ')[0]}`))];
  expect(found, tenants.map(({ diary }) => diary.join('\n')).join('\n')).toEqual({
    ...found,
    files: { volumes: found.records.volumes, snapshots: found.records.snapshots, staging: [] },
    configurations: exported,
    targets: exported,
    accounts: found.connections.length,
    unfinished: 0,
  });

  for (const tenant of tenants) await tenant.leave();
  expect(await holdings(directory, tgtd)).toEqual({
    files: { volumes: [], snapshots: [], staging: [] },
    configurations: [],
    targets: [],
    accounts: 0,
    records: { volumes: [], snapshots: [] },
    connections: [],
    unfinished: 0,
  });
  expect(output()).not.toMatch(/unhandled|MaxListenersExceeded/i);
});

async function isOurs(pid: number, service: number): Promise<boolean> {
  const { readFile } = await import('node:fs/promises');
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]) === service;
}
