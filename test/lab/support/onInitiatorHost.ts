import type { Connector } from '@scoria/core/contract';
import type { OpenIscsiConnector } from '@scoria/initiator';
import { afterAll, beforeAll } from 'vitest';
import { type InitiatorHostOptions, startInitiator } from './initiatorHost.ts';
import { loadIscsiTarget } from './iscsiBackend.ts';

/**
 * Has the tests of a suite run on a host that exports and attaches: the kernel's target, portals, the initiator's daemons. What was made
 * before the tests is ended after them in the opposite order, also where the next part could not be made; what is made of a part that fails
 * half-way, stays.
 *
 * @returns gives the host's connector to the tests
 */
export function onInitiatorHost(
  initiator: OpenIscsiConnector,
  makePortals: () => Promise<AsyncDisposable>,
  options: InitiatorHostOptions = {},
): () => Connector {
  const parts = new AsyncDisposableStack();
  let connector: Connector | undefined;
  beforeAll(async () => {
    await loadIscsiTarget();
    parts.use(await makePortals());
    parts.use(await startInitiator(options));
    connector = await initiator.connectorProperties();
  });
  afterAll(() => parts.disposeAsync());
  return () => {
    if (connector === undefined) throw new Error('a connector is known only to tests, after the hooks');
    return connector;
  };
}
