import { existsSync, readFileSync } from 'node:fs';
import { run } from '@scoria/host-exec';
import { expect, it } from 'vitest';

/** What the lab is for: a kernel that has what a plain machine lacks. */
const modules = [
  'target_core_mod',
  'target_core_iblock',
  'target_core_file',
  'iscsi_target_mod',
  'iscsi_tcp',
  'rdma_rxe',
  'ib_iser',
  'ib_isert',
  'tcm_fc',
  'fcoe',
  'dm_mod',
  'dm_thin_pool',
  'dm_snapshot',
  'dm_multipath',
];

it.each(modules)('the kernel has %s', async (module) => {
  await run('modprobe', [module]);
  expect(existsSync(`/sys/module/${module}`)).toBe(true);
});

it('the target is configured through configfs', () => {
  expect(readFileSync('/proc/mounts', 'utf8')).toMatch(/^configfs \/sys\/kernel\/config configfs /m);
  expect(existsSync('/sys/kernel/config/target')).toBe(true);
});
