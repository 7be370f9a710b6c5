import { operations } from '@scoria/core/contract';
import { describe, expect, it } from 'vitest';
import { startBackend } from '../contract/support/backend.ts';
import { newConnector, newVolume } from '../contract/support/objects.ts';

const VOLUMES = 3_000;

describe('a backend with thousands of volumes', () => {
  it('lists more than fits on a line of the wire', async () => {
    await using backend = await startBackend({ driver: 'fake', options: () => ({}) });
    const { client } = backend;
    const volumes = Array.from({ length: VOLUMES }, () => newVolume());
    for (let done = 0; done < VOLUMES; done += 50) {
      await Promise.all(
        volumes.slice(done, done + 50).map(async (volume) => {
          await client.createVolume({ volume });
          await client.createExport({ volume });
          await client.initializeConnection({ volume, connector: newConnector() });
        }),
      );
    }
    const { objects } = await client.listOwned({});
    expect(JSON.stringify(objects).length).toBeGreaterThan(1024 * 1024);
    for (const kind of ['volume', 'target', 'access']) {
      const names = objects.filter((each) => each.kind === kind).map(({ name }) => name);
      expect(names.sort()).toEqual(volumes.map(({ name }) => name).sort());
    }
    const first = operations.listOwned.result.parse(await client.listOwned({ after: '' }));
    expect(first.next).toBeDefined();
    expect(first.objects.length).toBeLessThan(objects.length);
  });
});
