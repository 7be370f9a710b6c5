import { setTimeout as sleep } from 'node:timers/promises';
import type { BlockStorageClient, Json } from '@scoria-test/support';
import { type Figure, figure, median, timed } from '../figure.ts';

const rounds = 40;
const warmUpRounds = 20;
const burst = 100;
const pollMs = 2;
const burstPollMs = 20;
const restMs = 100;

/** What a control plane needs for the operations every user waits for. Times in ms, rates per second. */
export interface LifecycleTimes {
  readonly create: number;
  readonly attach: number;
  readonly detach: number;
  readonly delete: number;
  readonly createsPerSecond: number;
  readonly deletesPerSecond: number;
}

const connector = {
  initiator: 'iqn.1993-08.org.debian:01:bench',
  host: 'bench',
  ip: '127.0.0.1',
  multipath: false,
  os_type: 'linux',
  platform: 'x86_64',
};

/** Times of single operations, one entry per round. */
type Samples = Record<'create' | 'attach' | 'detach' | 'delete', number[]>;

/**
 * Drives Block Storage v3 services through the same requests with the same polling, in turn: A B A B …, so that what else
 * the machine does falls on all of them alike. Times in the order of `clients`.
 */
export async function measureLifecycle(clients: readonly BlockStorageClient[]): Promise<LifecycleTimes[]> {
  const samples = clients.map((): Samples => ({ create: [], attach: [], detach: [], delete: [] }));
  // Rounds that do not count: code paths, connections and pages warm up on all sides.
  for (let round = -warmUpRounds; round < rounds; round += 1) {
    for (const [index, client] of clients.entries()) {
      // What the other side still does after its answer (Cinder's periodic work, its message queue) is not ours to pay for.
      await sleep(restMs);
      const times = await oneLife(client, `bench-${round}`);
      if (round < 0) continue;
      for (const [key, time] of Object.entries(times)) samples[index]?.[key as keyof Samples].push(time);
    }
  }
  const results: LifecycleTimes[] = [];
  for (const [index, client] of clients.entries()) {
    const bursts: { createsPerSecond: number; deletesPerSecond: number }[] = [];
    for (let repeat = 0; repeat < 3; repeat += 1) bursts.push(await oneBurst(client));
    const of = (key: keyof Samples) => median(samples[index]?.[key] ?? []);
    results.push({
      create: of('create'),
      attach: of('attach'),
      detach: of('detach'),
      delete: of('delete'),
      createsPerSecond: median(bursts.map((each) => each.createsPerSecond)),
      deletesPerSecond: median(bursts.map((each) => each.deletesPerSecond)),
    });
  }
  return results;
}

async function oneLife(client: BlockStorageClient, name: string): Promise<Record<keyof Samples, number>> {
  let volume: Json;
  let attachment: Json;
  const create = await timed(async () => {
    volume = await client.createVolume({ size: 1, name }, pollMs);
  });
  const attach = await timed(async () => {
    const request = { attachment: { volume_uuid: volume.id, connector } };
    ({ attachment } = await client.ok('POST', '/attachments', request));
  });
  const detach = await timed(() => client.ok('DELETE', `/attachments/${attachment.id}`));
  await client.settled('volume', volume.id, pollMs);
  const remove = await timed(async () => {
    await client.ok('DELETE', `/volumes/${volume.id}`);
    await client.gone('volume', volume.id, pollMs);
  });
  return { create, attach, detach, delete: remove };
}

async function oneBurst(client: BlockStorageClient) {
  const ids: string[] = [];
  const creating = await timed(() =>
    Promise.all(
      Array.from({ length: burst }, async (_, index) => {
        const { volume } = await insisting(client, 'POST', '/volumes', {
          volume: { size: 1, name: `burst-${index}` },
        });
        ids.push((await client.settled('volume', volume.id, burstPollMs)).id);
      }),
    ),
  );
  const deleting = await timed(() =>
    Promise.all(
      ids.map(async (id) => {
        await insisting(client, 'DELETE', `/volumes/${id}`);
        await client.gone('volume', id, burstPollMs);
      }),
    ),
  );
  return { createsPerSecond: (burst * 1000) / creating, deletesPerSecond: (burst * 1000) / deleting };
}

/** Repeats a request that a service under load answers with 5xx, as the peer at times does (a deadlock in its database). */
async function insisting(
  client: BlockStorageClient,
  method: 'POST' | 'DELETE',
  path: string,
  body?: unknown,
): Promise<Json> {
  for (let tries = 1; ; tries += 1) {
    const answer = await client.call(method, path, body);
    if (answer.status < 300) return answer.body;
    if (answer.status < 500 || tries >= 5)
      throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    refusedUnderLoad += 1;
  }
}

let refusedUnderLoad = 0;

/** How many requests were answered with 5xx and repeated. */
export function refusals(): number {
  return refusedUnderLoad;
}

/** Judges our times against the peer's of the same run. */
export function lifecycleFigures(ours: LifecycleTimes, peer: LifecycleTimes | undefined): Figure[] {
  const of = (key: keyof LifecycleTimes) =>
    peer === undefined ? undefined : { name: 'Cinder', value: peer[key] };
  return [
    figure('create to available', 'ms', ours.create, { better: 'lower', bound: 15, ratio: 15 }, of('create')),
    figure(
      'attach: export, CHAP, ACL, read-back',
      'ms',
      ours.attach,
      { better: 'lower', bound: 30, ratio: 15 },
      of('attach'),
    ),
    figure('detach', 'ms', ours.detach, { better: 'lower', bound: 25, ratio: 15 }, of('detach')),
    figure('delete to gone', 'ms', ours.delete, { better: 'lower', bound: 15, ratio: 5 }, of('delete')),
    figure(
      'creates, burst of 100',
      '/s',
      ours.createsPerSecond,
      { better: 'higher', bound: 100, ratio: 15 },
      of('createsPerSecond'),
    ),
    figure(
      'deletes, burst of 100',
      '/s',
      ours.deletesPerSecond,
      { better: 'higher', bound: 150, ratio: 15 },
      of('deletesPerSecond'),
    ),
  ];
}
