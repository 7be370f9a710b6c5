import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bytes, MIB } from '@scoria/driver-sdk';
import { expect, it, onTestFinished } from 'vitest';
import { openInProcess } from '../support/inProcess.ts';
import { snapshotOf, volume } from '../support/objects.ts';

const size = bytes(2 * MIB + 512);

it('a snapshot of a volume in use is whole at once, also in space that was used before; its clone is not', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'scoria-fake-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const driver = await openInProcess({
    fake_recycle: true,
    fake_instant_snapshots: true,
    volume_clear: 'none',
    fake_data_dir: folder,
  });
  const former = volume({ size });
  await driver.createVolume({ volume: former });
  const made = volume({ size, id: crypto.randomUUID(), name: 'volume-in-use' });
  await driver.createVolume({ volume: made });
  await writeFile(join(folder, 'volumes', former.name), 'x'.repeat(size));
  await driver.deleteVolume({ volume: former });
  await writeFile(join(folder, 'volumes', made.name), 'first'.padEnd(size, '\0'));
  const snapshot = { ...snapshotOf(made), volumeInUse: true };
  expect((await driver.createSnapshot({ snapshot })).work).toEqual([]);
  await writeFile(join(folder, 'volumes', made.name), 'later');
  const taken = await readFile(join(folder, 'snapshots', snapshot.name), 'latin1');
  expect(taken).toBe('first'.padEnd(size, '\0'));
  const clone = volume({ size, id: crypto.randomUUID(), name: 'volume-clone' });
  await expect(
    driver.createClonedVolume({ volume: clone, source: made, sourceInUse: true }),
  ).rejects.toMatchObject({ code: 'INVALID_VOLUME' });
  const { work } = await driver.createVolumeFromSnapshot({ volume: clone, snapshot });
  expect(work).toMatchObject([{ kind: 'copy', source: { path: join(folder, 'snapshots', snapshot.name) } }]);
});
