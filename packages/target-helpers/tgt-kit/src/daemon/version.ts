import { HostExecError, run } from '@scoria/host-exec';
import { socketHolder } from './holdsSocket.ts';

/** A release of tgt: 1.0.85 is `[1, 0, 85]`. */
export type TgtVersion = readonly [major: number, minor: number, patch: number];

/** First release whose iSER login lets in whoever is in one of the two access lists (commit b73c64d of fujita/tgt). */
const EITHER_LIST_SUFFICES: TgtVersion = [1, 0, 95];
const ASK_MS = 15_000;

/**
 * What `tgtd --version` prints; null when it is no release. A build between two releases prints the older one's number with something
 * behind it, and may behave as either.
 */
export function parseVersion(printed: string): TgtVersion | null {
  const match = /^(\d+)\.(\d+)\.(\d+)$/.exec(printed.trim());
  return match && [Number(match[1]), Number(match[2]), Number(match[3])];
}

/**
 * Whether an iSER login must find the initiator's name **and** its address in the target's access lists.
 *
 * Over TCP one of them is enough, in all releases (`login_start` in usr/iscsi/iscsid.c). Over iSER, releases before 1.0.95 refuse an
 * initiator that is missing from either list (`iser_login_start` in usr/iscsi/iser_text.c: `ip_acl`, then `iqn_acl`, each by itself); since
 * 1.0.95 one is enough there, too, so that an address of ALL would let everybody in, whatever the names say. (Discovery over iSER still
 * asks for both in 1.0.97; initiators of Scoria do without discovery.)
 */
export function iserAsksForBoth(version: TgtVersion): boolean {
  const at = version.findIndex((number, index) => number !== EITHER_LIST_SUFFICES[index]);
  return at !== -1 && (version[at] ?? 0) < (EITHER_LIST_SUFFICES[at] ?? 0);
}

/**
 * The release of the tgtd that listens on a control socket. Its management protocol does not tell, and the programs that are installed may be
 * others by now: so the very file that it runs is asked, if it is a process of our own user: nobody else's program is run. Null when that
 * cannot be had (a daemon of another container or user, no release).
 */
export async function runningVersion(socketPath: string): Promise<TgtVersion | null> {
  const pid = await socketHolder(socketPath);
  if (pid === undefined) return null;
  try {
    return parseVersion((await run(`/proc/${pid}/exe`, ['--version'], { deadlineMs: ASK_MS })).stdout);
  } catch (error) {
    // Ended meanwhile, or not to be run from here: what is not known is treated as not known.
    if (error instanceof HostExecError) return null;
    throw error;
  }
}
