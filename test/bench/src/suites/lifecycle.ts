import type { BlockStorageClient, Json } from '@scoria-test/support';
import { type Figure, figure, median, timed } from '../figure.ts';

const rounds = 15;
const burst = 100;
const pollMs = 2;

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

/** Drives any Block Storage v3 service through the same requests, with the same polling. */
export async function measureLifecycle(client: BlockStorageClient): Promise<LifecycleTimes> {
  const times = {
    create: [] as number[],
    attach: [] as number[],
    detach: [] as number[],
    delete: [] as number[],
  };
  // Two rounds that do not count: code paths, connections and pages warm up on both sides.
  for (let round = -2; round < rounds; round += 1) {
    let volume: Json;
    const create = await timed(async () => {
      volume = await client.createVolume({ size: 1, name: `bench-${round}` }, pollMs);
    });
    let attachment: Json;
    const attach = await timed(async () => {
      attachment = await client.ok('POST', '/attachments', {
        attachment: { volume_uuid: volume.id, connector },
      });
    });
    const detach = await timed(() => client.ok('DELETE', `/attachments/${attachment.attachment.id}`));
    await client.settled('volume', volume.id, pollMs);
    const remove = await timed(async () => {
      await client.ok('DELETE', `/volumes/${volume.id}`);
      await client.gone('volume', volume.id, pollMs);
    });
    if (round < 0) continue;
    times.create.push(create);
    times.attach.push(attach);
    times.detach.push(detach);
    times.delete.push(remove);
  }
  const ids: string[] = [];
  const creating = await timed(async () => {
    await Promise.all(
      Array.from({ length: burst }, async (_, index) => {
        ids.push((await client.createVolume({ size: 1, name: `burst-${index}` }, 20)).id);
      }),
    );
  });
  const deleting = await timed(() =>
    Promise.all(
      ids.map(async (id) => {
        await client.ok('DELETE', `/volumes/${id}`);
        await client.gone('volume', id, 20);
      }),
    ),
  );
  return {
    create: median(times.create),
    attach: median(times.attach),
    detach: median(times.detach),
    delete: median(times.delete),
    createsPerSecond: (burst * 1000) / creating,
    deletesPerSecond: (burst * 1000) / deleting,
  };
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
