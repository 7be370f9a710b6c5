import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type BlockStorageClient, startStage } from '@scoria-test/support';
import { type Figure, figure, percentile } from '../../figure.ts';
import { writeDense } from '../content.ts';
import type { Workbench } from '../workbench.ts';

const GIB = 2 ** 30;
const IDLE_MS = 5000;
const SAMPLES_WANTED = 200;

/** What a request costs while nothing else goes on, and while two volumes are copied at full speed in the same service. */
export async function latency(bench: Workbench): Promise<Figure[]> {
  const gib = Math.max(1, Math.floor(bench.size / GIB));
  let files = '';
  await using stage = await startStage({
    backends: (directory, tgtd) => {
      files = bench.path('latency-volumes');
      return {
        files: {
          volume_driver: 'iscsi',
          iscsi_helper: 'tgtadm',
          backing_store: 'file',
          iscsi_ip_address: '127.0.0.1',
          iscsi_port: tgtd.port,
          tgt_control_socket: tgtd.controlSocket,
          volumes_dir: join(directory, 'tgt-conf'),
          file_store_dir: files,
        },
      };
    },
  });
  const { client } = stage;
  const sources = await Promise.all(
    [0, 1].map((index) => client.createVolume({ size: gib, name: `source-${index}` })),
  );
  for (const { id } of sources) await writeDense(await fileOf(files, id, gib * GIB), gib * GIB, id);
  await bench.coolDown();
  const ended = Date.now() + IDLE_MS;
  const idle = await sample(client, async () => Date.now() < ended);
  const clones: { id: string }[] = await Promise.all(
    sources.map(async ({ id }, index) => {
      const body = { volume: { size: gib, name: `clone-${index}`, source_volid: id } };
      return (await client.ok('POST', '/volumes', body)).volume;
    }),
  );
  const busy = await sample(client, async () => {
    const { volumes } = await client.ok('GET', '/volumes/detail');
    const seen: { id: string; status: string }[] = volumes;
    const failed = seen.find(({ status }) => status.startsWith('error'));
    if (failed !== undefined) throw new Error(`${failed.id} is ${failed.status}`);
    // Both are copied: what one of them costs is another figure.
    return clones.every(({ id }) => seen.find((each) => each.id === id)?.status === 'creating');
  });
  if (busy.length < SAMPLES_WANTED)
    bench.log(`latency: only ${busy.length} requests were answered during the copies: a small work`);
  const [before, during] = [percentile(idle, 99), percentile(busy, 99)];
  bench.log(
    `latency: p99 ${before.toFixed(2)} ms of ${idle.length}, during copies ${during.toFixed(2)} ms of ${busy.length}`,
  );
  await Promise.all(clones.map(({ id }) => client.settled('volume', id, 100)));
  return [
    figure('API, p99 of a list of volumes, nothing else to do', 'ms', before, { better: 'lower' }),
    figure('API, rise of that p99 during two copies', 'ms', Math.max(0, during - before), {
      better: 'lower',
      bound: 20,
    }),
  ];
}

/** Asks again and again, as long as `going` says; `going` itself is not timed. */
async function sample(client: BlockStorageClient, going: () => Promise<boolean>): Promise<number[]> {
  const times: number[] = [];
  while (await going()) {
    const started = performance.now();
    await client.ok('GET', '/volumes/detail');
    times.push(performance.now() - started);
  }
  return times;
}

async function fileOf(directory: string, id: string, bytes: number): Promise<string> {
  for (const name of await readdir(directory, { recursive: true })) {
    const path = join(directory, name);
    const stats = await stat(path);
    if (name.includes(id) && stats.isFile() && stats.size === bytes) return path;
  }
  throw new Error(`no file of volume ${id} below ${directory}`);
}
