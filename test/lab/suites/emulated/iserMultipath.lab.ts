import { OpenIscsiConnector } from '@scoria/initiator';
import { afterEach, describe, expect, it, onTestFailed } from 'vitest';
import { startBackend } from '../../../e2e/contract/support/backend.ts';
import { lioObjects } from '../../support/configfsTree.ts';
import { readBytes, writeRandom } from '../../support/deviceIo.ts';
import { DriverVolumes } from '../../support/driverVolumes.ts';
import {
  attachedHere,
  describeHost,
  detachEverything,
  expectNothingAttached,
} from '../../support/initiatorHost.ts';
import { iserBackend } from '../../support/iserBackend.ts';
import { onInitiatorHost } from '../../support/onInitiatorHost.ts';
import { pathStates, untilPaths } from '../../support/pathStates.ts';
import { describeRdma, makeSoftRoce, RDMA_PORTALS } from '../../support/softRoce.ts';
import { setPortal } from '../../support/twoPortals.ts';

const MIB = 1024 * 1024;
const MINUTE = 60_000;
const initiator = new OpenIscsiConnector({ multipath: true });
const connector = onInitiatorHost(initiator, () => makeSoftRoce(2), {
  multipathd: true,
  // Both paths carry I/O, so that either is missed.
  multipathDefaults: ['path_grouping_policy multibus', 'max_polling_interval 4'],
});

afterEach(async () => {
  for (const portal of RDMA_PORTALS) await setPortal(portal, 'up');
  const left = await attachedHere();
  // A test that failed does not make the next one fail.
  if (left.length > 0) await detachEverything();
  expect(left).toEqual([]);
});

describe.each([{ helper: 'lioadm' as const }, { helper: 'iseradm' as const }])(
  'two portals of $helper over RDMA',
  ({ helper }) => {
    it(
      'attaches by both, extends, goes on when one dies under I/O, takes it back, and detaches',
      async () => {
        onTestFailed(async () => console.log(`${await describeHost()}\n${await describeRdma()}`));
        const [first, second] = RDMA_PORTALS;
        await using backend = await startBackend(iserBackend(helper, [first.address, second.address]));
        const volumes = new DriverVolumes(backend);
        const { volume, info } = await volumes.connect(await volumes.make(32 * MIB), connector());
        const device = await initiator.connect(info);
        expect(await pathStates(device)).toEqual(['active', 'active']);
        const behind = await volumes.pathOf(volume);
        const grown = await volumes.extend(volume, 48 * MIB);
        expect(await initiator.extend(device)).toEqual({ ...device, size: 48 * MIB });

        await setPortal(second, 'down');
        const began = performance.now();
        const written = await writeRandom(device.path, 40 * MIB, 8 * MIB);
        console.log(
          `${helper}: writes over a portal that died took ${Math.round(performance.now() - began)} ms`,
        );
        expect((await readBytes(behind, 40 * MIB, 8 * MIB)).equals(written)).toBe(true);
        await untilPaths(device, ['active', 'failed']);
        await setPortal(second, 'up');
        await untilPaths(device, ['active', 'active'], 3 * MINUTE);
        const more = await writeRandom(device.path, 12 * MIB, 4 * MIB);
        expect((await readBytes(behind, 12 * MIB, 4 * MIB)).equals(more)).toBe(true);

        expect(await initiator.disconnect(device)).toMatchObject({ wasAttached: true, flushed: true });
        await expectNothingAttached();
        // tgtd has no word of the end of a session whose path died: without force it stands against the end of the access.
        await volumes.disconnect(grown, connector(), helper === 'iseradm');
        await volumes.remove(grown);
        expect(await volumes.owned()).toEqual([]);
        if (helper === 'lioadm') expect(await lioObjects()).toEqual([]);
      },
      10 * MINUTE,
    );
  },
);
