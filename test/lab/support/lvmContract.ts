import { run } from '@scoria/host-exec';
import { beforeAll } from 'vitest';
import { iscsiOverLvm } from '../../e2e/contract/combinations.ts';
import { describeDriverContract } from '../../e2e/contract/driverContract.ts';

const modules = ['target_core_mod', 'iscsi_target_mod', 'loop', 'dm_mod', 'dm_snapshot', 'dm_thin_pool'];
/** LVM makes one volume after the other, and in the guest takes up to ten seconds for each. */
const many = 6;

/** The contract of the driver as it is built, in a process of its own, on the kernel's target and device-mapper. */
export function describeLvmContract(title: string, type: Parameters<typeof iscsiOverLvm>[0]): void {
  beforeAll(() => run('modprobe', ['-a', ...modules]));
  describeDriverContract({ title, ...iscsiOverLvm(type, 'lioadm'), many });
}
