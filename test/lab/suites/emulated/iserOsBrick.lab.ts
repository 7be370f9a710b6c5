import { OpenIscsiConnector } from '@scoria/initiator';
import { describe, expect, it, onTestFailed } from 'vitest';
import { startBackend } from '../../../e2e/contract/support/backend.ts';
import { lioObjects } from '../../support/configfsTree.ts';
import { iserBackend } from '../../support/iserBackend.ts';
import { onInitiatorHost } from '../../support/onInitiatorHost.ts';
import { attachExtendDetach } from '../../support/osBrick/attachExtendDetach.ts';
import { describeRdma, makeSoftRoce, RDMA_PORTALS } from '../../support/softRoce.ts';

const connector = onInitiatorHost(new OpenIscsiConnector(), () => makeSoftRoce(2), { multipathd: true });

describe.each([
  { helper: 'lioadm' as const, multipath: false },
  { helper: 'lioadm' as const, multipath: true },
  { helper: 'iseradm' as const, multipath: false },
  { helper: 'iseradm' as const, multipath: true },
])('os-brick over RDMA with a volume of $helper, multipath: $multipath', ({ helper, multipath }) => {
  it('attaches, extends and detaches it from nothing but the connection information', async () => {
    onTestFailed(async () => console.log(await describeRdma()));
    const [first, second] = RDMA_PORTALS;
    await using backend = await startBackend(
      iserBackend(helper, multipath ? [first.address, second.address] : [first.address]),
    );
    await attachExtendDetach(backend, connector(), multipath);
    if (helper === 'lioadm') expect(await lioObjects()).toEqual([]);
  }, 300_000);
});
