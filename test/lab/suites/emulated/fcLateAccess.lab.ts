import { FibreChannelConnector } from '@scoria/initiator';
import { afterAll, expect, it, onTestFailed } from 'vitest';
import type { RunningBackend } from '../../../e2e/contract/support/backend.ts';
import { readBytes, writeRandom } from '../../support/deviceIo.ts';
import { DriverVolumes } from '../../support/driverVolumes.ts';
import { attachingConnector, startFcBackend } from '../../support/fcBackend.ts';
import {
  bringFabricsUp,
  describeFibreChannel,
  FABRICS,
  hostOf,
  loadFibreChannel,
  removeTargetPorts,
} from '../../support/fibreChannel.ts';
import { expectNothingAttached, startInitiator } from '../../support/initiatorHost.ts';

const MIB = 1024 * 1024;
let parts: AsyncDisposable[] = [];
let backend: RunningBackend | undefined;

afterAll(async () => {
  await backend?.[Symbol.asyncDispose]();
  for (const part of parts.reverse()) await part[Symbol.asyncDispose]();
  parts = [];
  await removeTargetPorts();
});

// What a port may do is said at its first login, and that is once in the life of a guest.
const isFirstLogin = (await hostOf(FABRICS[0].initiator)) === undefined;

it.runIf(isFirstLogin)(
  'an initiator that was given access after it had logged in logs in again',
  async () => {
    onTestFailed(async () => console.log(await describeFibreChannel()));
    await loadFibreChannel();
    backend = await startFcBackend([]);
    await bringFabricsUp();
    parts = [await startInitiator()];
    const volumes = new DriverVolumes(backend);
    const connector = await attachingConnector();
    const own = new FibreChannelConnector();
    const { volume, info } = await volumes.connect(await volumes.make(8 * MIB), connector);
    const device = await own.connect(info);
    const written = await writeRandom(device.path, 0, MIB);
    expect((await readBytes(await volumes.pathOf(volume), 0, MIB)).equals(written)).toBe(true);
    await own.disconnect(device);
    await expectNothingAttached();
    await volumes.disconnect(volume, connector);
    await volumes.remove(volume);
  },
  300_000,
);
