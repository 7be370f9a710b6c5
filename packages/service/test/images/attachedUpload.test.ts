import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bytes } from '@scoria/core/contract';
import { expect, test } from 'vitest';
import { testImages } from '../fixtures/imageDirectory.ts';
import { makeVolume, startLifecycle, user } from '../fixtures/lifecycle.ts';
import { iscsiSection, noIscsi, realDriver, testTgtd } from '../fixtures/realBackend.ts';
import { scratchDirectory } from '../fixtures/scratchState.ts';

const MIB = 1024 * 1024;
if (noIscsi !== null) console.log(`skipped: uploads of what is attached over iSCSI: ${noIscsi}`);

test.skipIf(noIscsi).each(['raw', 'qcow2'] as const)(
  'a volume that is attached over iSCSI is filled from an image and uploaded as %s',
  async (diskFormat) => {
    const directory = scratchDirectory();
    const tgtd = await testTgtd(directory);
    const images = testImages(directory);
    const disk = images.raw('disk.raw', 6);
    const lifecycle = await startLifecycle({
      drivers: { iscsi: await realDriver(directory, iscsiSection(directory, tgtd)) },
      access: { prefer: 'attach' },
      images: images.config,
    });
    const volume = await makeVolume(lifecycle, { size: bytes(6 * MIB), imageId: 'disk.raw' });
    expect(volume).toMatchObject({ status: 'available', failure: null });
    const { imageId } = await lifecycle.services.volumes.upload(user, volume.id, {
      name: 'up',
      diskFormat,
      visibility: 'private',
      protected: false,
      force: false,
    });
    await lifecycle.idle();
    const after = await lifecycle.services.volumes.get(user, volume.id);
    expect(after).toMatchObject({ status: 'available', failure: null });
    if (diskFormat === 'raw') expect(disk.equals(await readFile(join(images.path, imageId)))).toBe(true);
    const again = await makeVolume(lifecycle, { size: bytes(6 * MIB), imageId });
    expect(again).toMatchObject({ status: 'available', failure: null });
    expect(tgtd.targets()).toEqual([]);
  },
);
