import { OpenIscsiConnector } from '@scoria/initiator';
import { describe, expect, it } from 'vitest';
import { lioObjects } from '../../support/configfsTree.ts';
import { startIscsiBackend } from '../../support/iscsiBackend.ts';
import { onInitiatorHost } from '../../support/onInitiatorHost.ts';
import { attachExtendDetach } from '../../support/osBrick/attachExtendDetach.ts';
import { makePortals, PORTALS } from '../../support/twoPortals.ts';

const connector = onInitiatorHost(new OpenIscsiConnector(), makePortals, { multipathd: true });

describe.each([
  { helper: 'lioadm' as const, multipath: false },
  { helper: 'lioadm' as const, multipath: true },
  { helper: 'tgtadm' as const, multipath: false },
  { helper: 'tgtadm' as const, multipath: true },
])('os-brick with a volume of $helper, multipath: $multipath', ({ helper, multipath }) => {
  it('attaches, extends and detaches it from nothing but the connection information', async () => {
    const [first, second] = PORTALS;
    await using backend = await startIscsiBackend(
      helper,
      multipath ? [first.address, second.address] : [first.address],
    );
    await attachExtendDetach(backend, connector(), multipath);
    if (helper === 'lioadm') expect(await lioObjects()).toEqual([]);
  }, 240_000);
});
