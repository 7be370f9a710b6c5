import type { Connector } from '@scoria/core/contract';
import { FibreChannelConnector } from '@scoria/initiator';
import { fcOverFiles } from '../../e2e/contract/combinations.ts';
import { type RunningBackend, startBackend } from '../../e2e/contract/support/backend.ts';
import { FABRICS, plain } from './fibreChannel.ts';

/** The driver as it is built, over the file store, with these initiators registered. */
export function startFcBackend(registered: readonly string[]): Promise<RunningBackend> {
  const files = fcOverFiles(FABRICS.map(({ target }) => target));
  return startBackend({
    ...files,
    options: (directory) => ({ ...files.options(directory), fc_initiator_wwpns: registered }),
  });
}

/** The guest as an initiator. It is a target as well: only the ports that attach count. */
export async function attachingConnector(): Promise<Connector> {
  const all = await new FibreChannelConnector().connectorProperties();
  const own = new Set<string>(FABRICS.map((fabric) => plain(fabric.initiator)));
  const at = (all.wwpns ?? []).flatMap((wwpn, index) => (own.has(wwpn) ? [index] : []));
  return {
    ...all,
    wwpns: at.map((index) => all.wwpns?.[index] ?? ''),
    wwnns: at.map((index) => all.wwnns?.[index] ?? ''),
  };
}
