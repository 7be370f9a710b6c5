import { open } from 'node:fs/promises';
import type { ConnectionInfo, Volume } from '@scoria/core/contract';
import { run } from '@scoria/host-exec';
import { OpenIscsiConnector } from '@scoria/initiator';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { RunningBackend } from '../../../e2e/contract/support/backend.ts';
import { lioObjects } from '../../support/configfsTree.ts';
import { readBytes, writeRandom } from '../../support/deviceIo.ts';
import { DriverVolumes } from '../../support/driverVolumes.ts';
import {
  attachedHere,
  describeHost,
  detachEverything,
  expectNothingAttached,
} from '../../support/initiatorHost.ts';
import { startIscsiBackend } from '../../support/iscsiBackend.ts';
import { onInitiatorHost } from '../../support/onInitiatorHost.ts';
import { pathStates, untilPaths } from '../../support/pathStates.ts';
import { makePortals, PORTALS, setPortal } from '../../support/twoPortals.ts';

const MIB = 1024 * 1024;
const MINUTE = 60_000;
const initiator = new OpenIscsiConnector({ multipath: true });
const connector = onInitiatorHost(initiator, makePortals, {
  multipathd: true,
  // Both paths carry I/O, so that either is missed.
  multipathDefaults: ['path_grouping_policy multibus', 'max_polling_interval 4'],
});

describe.each([{ helper: 'lioadm' as const }, { helper: 'tgtadm' as const }])(
  'two portals of $helper',
  ({ helper }) => {
    let backend: RunningBackend;
    let volumes: DriverVolumes;
    let volume: Volume;
    let info: ConnectionInfo;

    beforeAll(async () => {
      backend = await startIscsiBackend(helper, [PORTALS[0].address, PORTALS[1].address]);
      volumes = new DriverVolumes(backend);
    });
    beforeEach(async () => {
      ({ volume, info } = await volumes.connect(await volumes.make(32 * MIB), connector()));
    });
    afterEach(async () => {
      for (const portal of PORTALS) await setPortal(portal, 'up');
      const left = await attachedHere();
      if (left.length > 0) console.log(`${await describeHost()}\n${backend.logs.slice(-10).join('')}`);
      // A test that failed does not make the next one fail.
      if (left.length > 0) await detachEverything();
      await volumes.disconnect(volume, connector(), true);
      await volumes.remove(volume);
      expect(left).toEqual([]);
      expect(await volumes.owned()).toEqual([]);
      if (helper === 'lioadm') expect(await lioObjects()).toEqual([]);
    });
    afterAll(() => backend[Symbol.asyncDispose]());

    it(
      'attaches by both, extends, and detaches map, paths and sessions',
      async () => {
        const device = await initiator.connect(info);
        expect(device.path).toMatch(/^\/dev\/mapper\/3[0-9a-f]{16,32}$/);
        expect(await pathStates(device)).toHaveLength(2);
        expect((await attachedHere()).filter((each) => each.startsWith('session'))).toHaveLength(2);
        expect(await initiator.connect(info)).toEqual(device);
        const written = await writeRandom(device.path, 5 * MIB, MIB);
        expect((await readBytes(await volumes.pathOf(volume), 5 * MIB, MIB)).equals(written)).toBe(true);

        volume = await volumes.extend(volume, 48 * MIB);
        expect(await initiator.extend(device)).toEqual({ ...device, size: 48 * MIB });
        await writeRandom(device.path, 47 * MIB, MIB);
        expect(await initiator.disconnect(device)).toEqual({
          wasAttached: true,
          flushed: true,
          warnings: [],
        });
        await expectNothingAttached();

        // A file system or a volume group on it is in the way of a detach, and is not harmed by the attempt.
        const again = await initiator.connect(info);
        await run('dmsetup', ['create', 'lab-user', '--table', `0 2048 linear ${again.path} 0`]);
        await expect(initiator.disconnect(again)).rejects.toMatchObject({ code: 'VOLUME_IS_BUSY' });
        expect(await pathStates(again)).toEqual(['active', 'active']);
        await run('dmsetup', ['remove', 'lab-user']);
        await initiator.disconnect(again);
      },
      4 * MINUTE,
    );

    it(
      'goes on when a portal dies under I/O, and takes it back when it returns',
      async () => {
        const device = await initiator.connect(info);
        const behind = await volumes.pathOf(volume);
        await writeRandom(device.path, 0, MIB);
        await setPortal(PORTALS[1], 'down');
        const began = performance.now();
        const written = await writeRandom(device.path, 2 * MIB, 8 * MIB);
        console.log(
          `${helper}: writes over a portal that died took ${Math.round(performance.now() - began)} ms`,
        );
        expect((await readBytes(behind, 2 * MIB, 8 * MIB)).equals(written)).toBe(true);
        await untilPaths(device, ['active', 'failed']);
        await setPortal(PORTALS[1], 'up');
        const back = performance.now();
        await untilPaths(device, ['active', 'active']);
        console.log(`${helper}: the path came back after ${Math.round(performance.now() - back)} ms`);
        const more = await writeRandom(device.path, 12 * MIB, 4 * MIB);
        expect((await readBytes(behind, 12 * MIB, 4 * MIB)).equals(more)).toBe(true);
        expect(await initiator.disconnect(device)).toMatchObject({ flushed: true });
      },
      6 * MINUTE,
    );

    // The rest is the initiator's alone: one target shows it.
    it.runIf(helper === 'lioadm')(
      'attaches by the portal that is left, and by the other when it is there',
      async () => {
        await setPortal(PORTALS[1], 'down');
        const device = await initiator.connect(info);
        expect(await pathStates(device)).toEqual(['active']);
        await setPortal(PORTALS[1], 'up');
        expect(await initiator.connect(info)).toEqual(device);
        await untilPaths(device, ['active', 'active']);
        // Detached while one is dead: the data is safe by the other, and what is dead goes too.
        await writeRandom(device.path, 0, MIB);
        await setPortal(PORTALS[1], 'down');
        await untilPaths(device, ['active', 'failed']);
        expect(await initiator.disconnect(device)).toMatchObject({ wasAttached: true, flushed: true });
        await expectNothingAttached();
      },
      6 * MINUTE,
    );

    it.runIf(helper === 'lioadm')(
      'keeps everything when the flush fails; by force nothing is left, and it says what is lost',
      async () => {
        const device = await initiator.connect(info);
        {
          // Somebody has it open, with writes in this host's cache that have no way to the target.
          await using user = await open(device.path, 'r+');
          for (const portal of PORTALS) await setPortal(portal, 'down');
          await untilPaths(device, ['failed', 'failed']);
          await user.write(Buffer.alloc(MIB, 7), 0, MIB, 0);
          const before = await attachedHere();
          await expect(initiator.disconnect(device)).rejects.toMatchObject({
            code: 'COMMAND_FAILED',
            leftBehind: expect.arrayContaining([device.path]),
          });
          // The program that was flushing is ended, but goes only when the kernel lets it.
          await expect.poll(attachedHere, { timeout: MINUTE }).toEqual(before);
        }
        expect(await initiator.disconnect(device, { force: true })).toMatchObject({
          wasAttached: true,
          flushed: false,
        });
        await expectNothingAttached();
      },
      6 * MINUTE,
    );
  },
);
