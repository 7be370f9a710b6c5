import { existsSync } from 'node:fs';
import { mkdir, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createLogger } from '@scoria/driver-sdk';
import { TgtHelper } from '@scoria/tgt-kit';
import { startTgtd, temporaryDirectory } from '@scoria-test/support';
import { describe, expect, it } from 'vitest';
import plugin from '../src/main.ts';
import { asTgtOptions } from '../src/options.ts';

const noTgtd = existsSync('/usr/sbin/tgtd') ? undefined : 'tgtd is not installed';
if (noTgtd) console.log(`skipped: iseradm on a tgtd: ${noTgtd}`);
const hasRdma = existsSync('/dev/infiniband/rdma_cm');
if (hasRdma) console.log('skipped: iseradm without RDMA: this host has it');

async function open(directory: string, options: Record<string, unknown>): Promise<TgtHelper> {
  const stateDir = join(directory, 'state');
  await mkdir(stateDir, { recursive: true, mode: 0o700 });
  const log = createLogger({ name: 'iseradm', level: 'silent' });
  const parsed = plugin.options.parse({ tgt_control_socket: join(directory, 'control'), ...options });
  return TgtHelper.open(asTgtOptions(parsed), { backend: 'b1', stateDir, log });
}

it('is a helper that speaks iSER, under its own prefix', async () => {
  await using directory = await temporaryDirectory('scoria-iseradm-');
  expect(plugin.name).toBe('iseradm');
  expect(plugin.options.parse({})).toMatchObject({
    iser_target_prefix: 'iqn.2010-10.org.iser.openstack:',
    iser_port: 3260,
    tgt_iser_pool_mb: 128,
  });
  const helper = await open(directory.path, {});
  expect(helper.transports).toEqual(['iser']);
  expect(helper.defaultLun).toBe(1);
  await helper.close();
});

it.each([
  [{ iser_port: 3270 }, 'iser_port'],
  [{ iser_ip_address: '2001:db8::1' }, 'iser_ip_address'],
  [{ iscsi_secondary_ip_addresses: ['2001:db8::1'] }, 'iser_ip_address'],
])('starts no tgtd that could not listen there: %j', async (options, option) => {
  await using directory = await temporaryDirectory('scoria-iseradm-');
  await expect(open(directory.path, { tgt_spawn: true, ...options })).rejects.toMatchObject({
    code: 'INVALID_CONFIGURATION',
    details: { option },
  });
});

describe.skipIf(noTgtd !== undefined || hasRdma)('without RDMA', () => {
  it('starts no tgtd, which would run without iSER', async () => {
    await using directory = await temporaryDirectory('scoria-iseradm-');
    await expect(open(directory.path, { tgt_spawn: true })).rejects.toMatchObject({
      code: 'BACKEND_UNAVAILABLE',
      message: expect.stringContaining('/dev/infiniband/rdma_cm'),
    });
    expect(existsSync(join(directory.path, 'control.pid'))).toBe(false);
  });

  it('says why a tgtd that runs serves no iSER, and leaves nothing in it', async () => {
    await using directory = await temporaryDirectory('scoria-iseradm-');
    const tgtd = await startTgtd(directory.path, { name: 'control' });
    try {
      const helper = await open(directory.path, {});
      expect(await helper.probe()).toMatchObject({
        state: 'degraded',
        reason: expect.stringMatching(/iser driver is .*rdma_cm/),
      });
      const path = join(directory.path, 'volume');
      await writeFile(path, '');
      await truncate(path, 2 ** 20);
      const spec = {
        name: 'volume-1',
        iqn: 'iqn.2010-10.org.iser.openstack:volume-1',
        lun: 1,
        path,
        serial: '00000000-0000-4000-8000-000000000001',
        transport: 'iser' as const,
      };
      await expect(helper.ensureTarget(spec)).rejects.toMatchObject({ code: 'BACKEND_UNAVAILABLE' });
      await expect(helper.ensureTarget({ ...spec, transport: 'iscsi' })).rejects.toMatchObject({
        code: 'INVALID_ARGUMENT',
      });
      expect(await helper.showTarget(spec.iqn)).toBeUndefined();
      expect(await helper.listOwned()).toEqual([]);
      await helper.close();
    } finally {
      await tgtd.stop();
    }
  });
});
