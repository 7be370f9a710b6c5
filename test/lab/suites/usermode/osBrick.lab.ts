import type { Connector } from '@scoria/core/contract';
import { OpenIscsiConnector } from '@scoria/initiator';
import { afterAll, beforeAll, describe, expect, it, onTestFailed } from 'vitest';
import { lioObjects } from '../../support/configfsTree.ts';
import { readBytes, writeRandom } from '../../support/deviceIo.ts';
import { DriverVolumes } from '../../support/driverVolumes.ts';
import { attachedHere, describeHost, startInitiator } from '../../support/initiatorHost.ts';
import { loadIscsiTarget, startIscsiBackend } from '../../support/iscsiBackend.ts';
import { OsBrick } from '../../support/osBrick/osBrick.ts';
import { makePortals, PORTALS } from '../../support/twoPortals.ts';

const MIB = 1024 * 1024;
let parts: AsyncDisposable[] = [];
let connector: Connector;

beforeAll(async () => {
  await loadIscsiTarget();
  parts = [await makePortals(), await startInitiator({ multipathd: true })];
  connector = await new OpenIscsiConnector().connectorProperties();
});
afterAll(async () => {
  for (const part of parts.reverse()) await part[Symbol.asyncDispose]();
});

/** What is left of an attachment; os-brick itself leaves WWIDs on multipathd's list. */
const leftHere = async () => (await attachedHere()).filter((each) => !each.startsWith('WWID'));

describe.each([
  { helper: 'lioadm' as const, multipath: false },
  { helper: 'lioadm' as const, multipath: true },
  { helper: 'tgtadm' as const, multipath: false },
  { helper: 'tgtadm' as const, multipath: true },
])('os-brick with a volume of $helper, multipath: $multipath', ({ helper, multipath }) => {
  it('attaches, extends and detaches it from nothing but the connection information', async () => {
    await using backend = await startIscsiBackend(
      helper,
      multipath ? [PORTALS[0].address, PORTALS[1].address] : [PORTALS[0].address],
    );
    await using brick = new OsBrick({ multipath });
    onTestFailed(async () => console.log(`${brick.said.slice(-6000)}\n${await describeHost()}`));
    const volumes = new DriverVolumes(backend);
    const made = await volumes.make(16 * MIB);
    const { volume, info } = await volumes.connect(made, { ...connector, multipath });
    try {
      const { value: device } = await brick.connect(info);
      expect(device.type).toBe('block');
      expect(device.path).toMatch(multipath ? /^\/dev\/dm-\d+$/ : /^\/dev\/sd[a-z]+$/);
      if (multipath) {
        expect(device.multipath_id).toMatch(/^3[0-9a-f]+$/);
        expect((await leftHere()).filter((each) => each.startsWith('session'))).toHaveLength(2);
      }
      expect(await brick.check(info, device)).toBe(true);
      const written = await writeRandom(device.path, 3 * MIB, MIB);
      expect((await readBytes(await volumes.pathOf(volume), 3 * MIB, MIB)).equals(written)).toBe(true);
      const grown = await volumes.extend(volume, 24 * MIB);
      expect(await brick.extend(info)).toBe(24 * MIB);
      await writeRandom(device.path, 23 * MIB, MIB);
      await brick.disconnect(info, device);
      expect(await leftHere()).toEqual([]);
      await volumes.disconnect(grown, connector);
    } finally {
      await new OpenIscsiConnector({ multipath }).disconnect(info, { force: true }).catch(() => undefined);
      await volumes.disconnect(volume, connector, true);
      await volumes.remove(volume);
    }
    expect(await volumes.owned()).toEqual([]);
    if (helper === 'lioadm') expect(await lioObjects()).toEqual([]);
  }, 240_000);
});
