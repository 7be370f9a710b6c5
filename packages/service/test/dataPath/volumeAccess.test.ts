import { createHash } from 'node:crypto';
import { open, stat } from 'node:fs/promises';
import { bytes } from '@scoria/core/contract';
import { pino } from 'pino';
import { describe, expect, test } from 'vitest';
import type { AccessContext } from '../../src/dataPath/index.ts';
import { localEndpoint } from '../../src/dataPath/localEndpoint.ts';
import { connectorOf, type Lifecycle, makeVolume, startLifecycle, user } from '../fixtures/lifecycle.ts';
import { iscsiSection, noIscsi, realDriver, testTgtd, tracesOf } from '../fixtures/realBackend.ts';
import { scratchDirectory } from '../fixtures/scratchState.ts';

const MIB = 1024 * 1024;

/** The context of an operation that holds the volume. */
export function accessContext(signal: AbortSignal = new AbortController().signal): AccessContext {
  return { signal, log: pino({ level: 'silent' }), driverRequestId: (step) => `test:${step}`, run: 1 };
}

const hashOf = (path: string): string => createHash('sha256').update(path).digest('hex').slice(0, 12);

describe('by the local path', () => {
  test('a volume of files is opened where it is; a fresh one is zero, one that was written is not', async () => {
    const directory = scratchDirectory();
    const driver = await realDriver(directory, { volume_driver: 'fake', fake_data_dir: `${directory}/fake` });
    const lifecycle = await startLifecycle({ drivers: { real: driver } });
    const volume = await makeVolume(lifecycle, { size: bytes(8 * MIB) });
    const opened = await lifecycle.deps.access.open(volume, 'rw', accessContext());
    expect(opened).toMatchObject({ sizeBytes: 8 * MIB, isZero: true, identity: { type: 'inode' } });
    const file = await open(opened.path, 'r+');
    await file.write('x', 4096);
    await file.close();
    await opened.close({ force: false });
    await opened.close({ force: true });
    expect(await lifecycle.deps.access.open(volume, 'ro', accessContext())).toMatchObject({ isZero: false });
  });
});

test('a file without blocks that has content all the same, as not only sysfs has, is not taken for zero', async () => {
  const path = '/sys/kernel/uevent_seqnum';
  const facts = await stat(path, { bigint: true });
  expect(facts).toMatchObject({ size: 4096n, blocks: 0n });
  const identity = { type: 'inode', dev: String(facts.dev), ino: String(facts.ino) } as const;
  const endpoint = await localEndpoint({ size: bytes(4096) }, async () => ({ path, identity }));
  expect(endpoint).toMatchObject({ path, isZero: false });
});

if (noIscsi !== null) console.log(`skipped: attaching over iSCSI: ${noIscsi}`);

describe.skipIf(noIscsi)('attached over iSCSI', () => {
  async function iscsi(
    options: Readonly<Record<string, unknown>> = {},
  ): Promise<{ lifecycle: Lifecycle; tgtd: Awaited<ReturnType<typeof testTgtd>> }> {
    const directory = scratchDirectory();
    const tgtd = await testTgtd(directory);
    const driver = await realDriver(directory, { ...iscsiSection(directory, tgtd), ...options });
    const lifecycle = await startLifecycle({ drivers: { real: driver }, access: { prefer: 'attach' } });
    return { lifecycle, tgtd };
  }

  test('what is written through the device is the volume, and nothing is left of it', async () => {
    const { lifecycle, tgtd } = await iscsi();
    const { access, state, mover } = lifecycle.deps;
    const volume = await makeVolume(lifecycle, { size: bytes(8 * MIB) });
    const opened = await access.open(volume, 'rw', accessContext());
    expect(opened.isZero).toBe(false);
    expect(tgtd.targets()).toHaveLength(1);
    expect(await state.serviceAttachments.all()).toHaveLength(1);
    // The data mover proves the identity that it is given.
    const source = `${scratchDirectory()}/source`;
    const content = Buffer.alloc(3 * MIB + 513, 'scoria ');
    const file = await open(source, 'w');
    await file.write(content);
    await file.close();
    const { dev, ino } = await stat(source, { bigint: true });
    await mover.copy({
      source: { path: source, identity: { type: 'inode', dev: String(dev), ino: String(ino) }, offset: 0 },
      destination: { path: opened.path, identity: opened.identity, offset: 0 },
      length: content.length,
    });
    await opened.close({ force: false });
    await opened.close({ force: false });
    expect(tgtd.targets()).toEqual([]);
    expect(await state.serviceAttachments.all()).toEqual([]);
    expect(tracesOf(hashOf(lifecycle.path))).toEqual([]);
    const driver = lifecycle.deps.backends.ofHost(volume.host).driver.client;
    const { driverVolume } = await import('../../src/backends/index.ts');
    const { path } = await driver.localPath({ volume: await driverVolume(state, volume) });
    const back = Buffer.alloc(content.length);
    const stored = await open(path, 'r');
    await stored.read(back, 0, back.length, 0);
    await stored.close();
    expect(back.equals(content)).toBe(true);
  });

  test('a volume of several portals is attached by one that answers, and all of them are told to its users', async () => {
    const { lifecycle, tgtd } = await iscsi({
      iscsi_ip_address: '127.0.0.9',
      iscsi_secondary_ip_addresses: ['127.0.0.1'],
    });
    const { access, state } = lifecycle.deps;
    const volume = await makeVolume(lifecycle, { size: bytes(8 * MIB) });
    const portals = [`127.0.0.9:${tgtd.port}`, `127.0.0.1:${tgtd.port}`];
    const info = await lifecycle.services.volumes.initializeConnection(user, volume.id, connectorOf('a'));
    expect(info.data).toMatchObject({
      target_portal: portals[0],
      target_portals: portals,
      target_iqns: [expect.any(String), expect.any(String)],
      target_luns: [1, 1],
    });
    await lifecycle.services.volumes.terminateConnection(user, volume.id, connectorOf('a'), { force: false });
    const opened = await access.open(volume, 'ro', accessContext());
    expect((await stat(opened.path)).isBlockDevice()).toBe(true);
    await opened.close({ force: false });
    expect(await state.serviceAttachments.all()).toEqual([]);
    expect(tgtd.targets()).toEqual([]);
  });

  test('readers share a device, the last one takes it away; a writer beside them is refused', async () => {
    const { lifecycle, tgtd } = await iscsi();
    const { access } = lifecycle.deps;
    const volume = await makeVolume(lifecycle, { size: bytes(8 * MIB) });
    const [one, other] = await Promise.all([
      access.open(volume, 'ro', accessContext()),
      access.open(volume, 'ro', accessContext()),
    ]);
    expect(one.path).toBe(other.path);
    await expect(access.open(volume, 'rw', accessContext())).rejects.toMatchObject({ code: 'ABORTED' });
    await one.close({ force: false });
    await one.close({ force: false });
    expect(tgtd.targets()).toHaveLength(1);
    await other.close({ force: false });
    expect(tgtd.targets()).toEqual([]);
  });
});
