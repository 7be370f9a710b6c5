import type { Connector } from '@scoria/core/contract';
import { OpenIscsiConnector } from '@scoria/initiator';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lioObjects } from '../../support/configfsTree.ts';
import { startInitiator } from '../../support/initiatorHost.ts';
import { loadIscsiTarget, startIscsiBackend } from '../../support/iscsiBackend.ts';
import { attachExtendDetach } from '../../support/osBrick/attachExtendDetach.ts';
import { makePortals, PORTALS } from '../../support/twoPortals.ts';

let parts: AsyncDisposable[] = [];
let connector: Connector;

beforeAll(async () => {
  await loadIscsiTarget();
  parts = [await makePortals(), await startInitiator({ multipathd: true })];
  connector = await new OpenIscsiConnector().connectorProperties();
});
afterAll(async () => {
  for (const part of parts.reverse()) await part[Symbol.asyncDispose]();
});

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
    await attachExtendDetach(backend, connector, multipath);
    if (helper === 'lioadm') expect(await lioObjects()).toEqual([]);
  }, 240_000);
});
