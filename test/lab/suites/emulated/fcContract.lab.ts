import { afterAll, beforeAll } from 'vitest';
import { fcOverFiles } from '../../../e2e/contract/combinations.ts';
import { describeDriverContract } from '../../../e2e/contract/driverContract.ts';
import { FABRICS, loadFibreChannel, removeTargetPorts } from '../../support/fibreChannel.ts';

beforeAll(() => loadFibreChannel());
afterAll(() => removeTargetPorts());

// The driver as it is built, in a process of its own, on the kernel's target.
describeDriverContract({
  title: 'fc, fc helper, file store',
  ...fcOverFiles(FABRICS.map(({ target }) => target)),
});
