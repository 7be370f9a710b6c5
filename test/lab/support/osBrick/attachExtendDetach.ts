import type { Connector } from '@scoria/core/contract';
import { OpenIscsiConnector } from '@scoria/initiator';
import { expect, onTestFailed } from 'vitest';
import type { RunningBackend } from '../../../e2e/contract/support/backend.ts';
import { readBytes, writeRandom } from '../deviceIo.ts';
import { DriverVolumes } from '../driverVolumes.ts';
import { attachedHere, describeHost } from '../initiatorHost.ts';
import { OsBrick } from './osBrick.ts';

const MIB = 1024 * 1024;

/** What is left of an attachment; os-brick itself leaves WWIDs on multipathd's list. */
const leftHere = async () => (await attachedHere()).filter((each) => !each.startsWith('WWID'));

/**
 * Has os-brick attach, extend and detach a volume from nothing but its connection information, and writes to it in between. Expects it to
 * leave nothing on this host, and the volume to leave nothing behind the driver.
 *
 * @param multipath whether it is to attach both of the backend's two portals
 */
export async function attachExtendDetach(
  backend: RunningBackend,
  connector: Connector,
  multipath: boolean,
): Promise<void> {
  await using brick = new OsBrick({ multipath });
  onTestFailed(async () => {
    const logs = backend.logs.slice(-20).join('');
    console.log([brick.said.slice(-6000), await describeHost(), logs].join('\n'));
  });
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
    // Only what os-brick has left when it failed; that it did is the error to be seen.
    await new OpenIscsiConnector({ multipath })
      .disconnect(info, { force: true })
      .catch((error: unknown) => console.log(`left attached: ${String(error)}`));
    await volumes.disconnect(volume, connector, true);
    await volumes.remove(volume);
  }
  expect(await volumes.owned()).toEqual([]);
}
