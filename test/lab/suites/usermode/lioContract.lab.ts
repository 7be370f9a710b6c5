import { run } from '@scoria/host-exec';
import { beforeAll } from 'vitest';
import { iscsiOverFiles } from '../../../e2e/contract/combinations.ts';
import { describeDriverContract } from '../../../e2e/contract/driverContract.ts';

beforeAll(() => run('modprobe', ['-a', 'target_core_mod', 'iscsi_target_mod']));

// The driver as it is built, in a process of its own, on the kernel's target.
describeDriverContract({ title: 'iscsi, lioadm, file store', ...iscsiOverFiles('lioadm') });
