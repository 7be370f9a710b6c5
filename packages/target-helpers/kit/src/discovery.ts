import type { Logger } from '@scoria/driver-sdk';
import { HostExecError, run } from '@scoria/host-exec';
import { sameIscsiName } from './iqn.ts';
import { type ProviderLocation, parseProviderLocation } from './location.ts';
import type { Portal } from './portal.ts';

/** Whom to ask, and for what. */
export interface DiscoveryRequest {
  /** `host@backend` of the volume; what is before the `@` is asked. */
  readonly host: string;
  readonly iqn: string;
  /** Portals that count; a target on others is not ours. */
  readonly portals: readonly Portal[];
  readonly log: Logger;
}

const DISCOVERY_MS = 30_000;
const HOST_NAME = /^[A-Za-z0-9[][A-Za-z0-9.:[\]-]*$/;

const samePortal = (one: Portal, other: Portal) => one.address === other.address && one.port === other.port;

/**
 * The lines of a discovery that are this target at one of these portals. Fields are parsed and compared as a whole: 10.0.0.1 is not
 * 10.0.0.10, volume-1 is not volume-10 (D11).
 */
export function matchDiscovery(
  output: string,
  { iqn, portals }: Pick<DiscoveryRequest, 'iqn' | 'portals'>,
): ProviderLocation | null {
  const found = output
    .split('\n')
    .filter((line) => line.trim() !== '')
    .flatMap((line) => {
      try {
        return [parseProviderLocation(line)];
      } catch {
        // iscsiadm mixes its own remarks into the list.
        return [];
      }
    })
    .filter((location) => sameIscsiName(location.iqn, iqn))
    .filter((location) =>
      location.portals.some((portal) => portals.some((each) => samePortal(each, portal))),
    );
  const [first] = found;
  return first ? { ...first, portals: found.flatMap((each) => each.portals), lun: null } : null;
}

/**
 * Asks a host for its targets (contract.md §7.3). The answer has no LUN.
 *
 * @returns null when the host does not have the target, or cannot be asked, which is logged
 */
export async function discoverTarget(request: DiscoveryRequest): Promise<ProviderLocation | null> {
  const { log, iqn } = request;
  const host = request.host.split('@', 1)[0] ?? '';
  if (!HOST_NAME.test(host)) return null;
  log.warn({ iqn, host }, 'the volume has no stored location: asking its host for it');
  try {
    const { stdout } = await run('iscsiadm', ['-m', 'discovery', '-t', 'sendtargets', '-p', host], {
      asRoot: true,
      deadlineMs: DISCOVERY_MS,
      description: `discovery on ${host}`,
    });
    return matchDiscovery(stdout, request);
  } catch (error) {
    if (!(error instanceof HostExecError)) throw error;
    log.error({ iqn, host, reason: error.message }, 'the discovery failed');
    return null;
  }
}
