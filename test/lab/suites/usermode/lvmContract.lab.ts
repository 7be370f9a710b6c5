import { run } from '@scoria/host-exec';
import { beforeAll } from 'vitest';
import { iscsiOverLvm } from '../../../e2e/contract/combinations.ts';
import { describeDriverContract } from '../../../e2e/contract/driverContract.ts';

beforeAll(() =>
  run('modprobe', [
    '-a',
    'target_core_mod',
    'iscsi_target_mod',
    'loop',
    'dm_mod',
    'dm_snapshot',
    'dm_thin_pool',
  ]),
);

// The driver as it is built, in a process of its own, on the kernel's target and device-mapper.
// LVM makes one volume after the other, and in the guest takes up to ten seconds for each.
const many = 6;
describeDriverContract({ title: 'iscsi, lioadm, thick LVM', ...iscsiOverLvm('default', 'lioadm'), many });
describeDriverContract({ title: 'iscsi, lioadm, thin LVM', ...iscsiOverLvm('thin', 'lioadm'), many });
