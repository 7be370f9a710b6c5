import { type BlockStorageClient, backendsUp, startScoria, temporaryDirectory } from '@scoria-test/support';
import { type Figure, figure, median, timed } from '../figure.ts';

const pollMs = 2;

/** A list of 1,000 volumes in detail, and the cost of one create and delete with 10 and with 10,000 volumes recorded. */
export async function listingFigures(): Promise<Figure[]> {
  await using directory = await temporaryDirectory();
  await using scoria = await startScoria({
    directory: directory.path,
    backends: { memory: { volume_driver: 'fake' } },
  });
  const { client } = scoria;
  await backendsUp(client);
  await fill(client, 10);
  const few = await oneVolume(client);
  await fill(client, 990);
  const list = await medianOf(15, () => client.ok('GET', '/volumes/detail?limit=1000'));
  const listed = (await client.ok('GET', '/volumes/detail?limit=1000')).volumes.length;
  if (listed !== 1000) throw new Error(`the list has ${listed} volumes`);
  await fill(client, 9_000);
  const many = await oneVolume(client);
  return [
    figure('GET of 1,000 volumes in detail', 'ms', list, { better: 'lower', bound: 40 }),
    figure(
      'create and delete with 10,000 volumes recorded',
      'ms',
      many,
      { better: 'lower', ratio: 0.67 },
      { name: 'with 10', value: few },
    ),
  ];
}

function oneVolume(client: BlockStorageClient): Promise<number> {
  return medianOf(30, async () => {
    const { id } = await client.createVolume({ size: 1, name: 'one' }, pollMs);
    await client.ok('DELETE', `/volumes/${id}`);
    await client.gone('volume', id, pollMs);
  });
}

async function fill(client: BlockStorageClient, count: number): Promise<void> {
  const workers = 16;
  let left = count;
  await Promise.all(
    Array.from({ length: workers }, async () => {
      while (left > 0) {
        left -= 1;
        await client.createVolume({ size: 1, name: `fill-${left}`, metadata: { kind: 'fill' } }, 5);
      }
    }),
  );
}

async function medianOf(rounds: number, work: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let round = -2; round < rounds; round += 1) {
    const time = await timed(work);
    if (round >= 0) times.push(time);
  }
  return median(times);
}
