import { mkdir, rm } from 'node:fs/promises';
import { type Connector, createLogger, type TargetHelper, type TargetSpec } from '@scoria/driver-sdk';
import { OpenIscsiConnector } from '@scoria/initiator';
import { TgtHelper, tgtOptionsSchema } from '@scoria/tgt-kit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readBytes, writeRandom } from '../../support/deviceIo.ts';
import { describeHost, expectNothingAttached, startInitiator } from '../../support/initiatorHost.ts';
import { inquire } from '../../support/libiscsi.ts';
import { accessOf, connectionOf, makeFile, openLio, reachOf, specOf } from '../../support/lio.ts';

const MIB = 1024 * 1024;
const initiator = new OpenIscsiConnector();
let host: AsyncDisposable;
let connector: Connector;

beforeAll(async () => {
  host = await startInitiator();
  connector = await initiator.connectorProperties();
});
afterAll(() => host[Symbol.asyncDispose]());

/** A helper of the lab's own, with a tgtd that it starts and stops. */
async function openTgt(addresses: readonly [string, ...string[]]): Promise<TgtHelper> {
  const directory = '/tmp/tgt-without-chap';
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const [iscsi_ip_address, ...iscsi_secondary_ip_addresses] = addresses;
  const options = tgtOptionsSchema.parse({
    iscsi_ip_address,
    iscsi_secondary_ip_addresses,
    tgt_control_socket: `${directory}/tgtd`,
    tgt_spawn: true,
    tgt_stop_on_close: true,
  });
  const log = createLogger({ name: 'tgt', level: 'warn' });
  return TgtHelper.open(options, { backend: 'lab', stateDir: directory, log });
}

// The drivers give every initiator credentials; a helper can let one in without.
describe.each([
  { helper: 'tgt', lun: 1, open: () => openTgt(['127.0.0.1', '::1']) },
  { helper: 'LIO', lun: 0, open: () => openLio({}, '/tmp/lio-without-chap') },
])('a target of $helper without CHAP', ({ lun, open }) => {
  let helper: TargetHelper;
  beforeAll(async () => {
    helper = await open();
    expect(await helper.probe()).toMatchObject({ state: 'ready' });
  });
  afterAll(() => helper.close());

  it.each(['127.0.0.1', '::1'])('serves its initiator alone at %s', async (address) => {
    const path = await makeFile('open', 8 * MIB);
    const spec: TargetSpec = { ...specOf('open', path, [address]), lun };
    const own = accessOf('own', { initiator: connector.initiator ?? '', chap: null });
    try {
      await helper.ensureTarget(spec);
      await helper.grant(spec.iqn, spec.name, own);
      expect(
        (await inquire(reachOf(spec, { ...own, initiator: 'iqn.2026-01.test.lab:other' }))).serial,
      ).toBeNull();
      const device = await initiator.connect(connectionOf(spec, own));
      const written = await writeRandom(device.path, MIB, MIB);
      expect((await readBytes(path, MIB, MIB)).equals(written)).toBe(true);
      expect(await initiator.disconnect(device)).toEqual({ wasAttached: true, flushed: true, warnings: [] });
      await helper.revoke(spec.iqn, spec.name, own.initiator, { force: false });
      await expect(initiator.connect(connectionOf(spec, own))).rejects.toMatchObject({
        code: 'DEVICE_UNAVAILABLE',
      });
      await expectNothingAttached();
    } catch (error) {
      console.log(await describeHost());
      throw error;
    } finally {
      await helper.removeTarget(spec.iqn, spec.name, { force: true });
      await rm(path, { force: true });
    }
    expect(await helper.listOwned()).toEqual([]);
  });
});
