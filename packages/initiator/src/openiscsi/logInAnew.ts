import { setTimeout as delay } from 'node:timers/promises';
import { ContractError, isContractError } from '@scoria/core/contract';
import { ProcessExecutionError } from '@scoria/host-exec';
import { type Budget, becomesTrue } from '../budget.ts';
import { endDownSession } from './endDownSession.ts';
import type { OpenIscsiHost } from './host.ts';
import type { NodeAddress } from './iscsiadm.ts';
import { type NodeSettings, writeNodeSettings } from './nodeRecord.ts';
import { type KernelSession, sessionTo } from './sessions.ts';

const POLL_MS = 50;
/** Between two logins. */
const PAUSE_MS = 500;
/** An answer comes within a second or so, or never: the first login is given up early. Later ones are longer, for a host that is slow. */
const FIRST_WINDOW_S = 10;
/** What iscsiadm and a logout take beside the login itself. */
const ASIDE_MS = 2_000;
/** With less time than this no login is begun. */
const LEAST_MS = 3_000;
/** With other portals to go by, nobody waits longer for one that is silent. */
const LIMIT_OF_SEVERAL_MS = 15_000;

/** How to log in over RDMA. */
export interface AnewOptions extends NodeSettings {
  /** Whether it is one of several portals, which want to be tried as well. */
  readonly several: boolean;
}

/**
 * Logs in over RDMA, if need be more than once.
 *
 * Over RDMA a refused login (by LIO, of an initiator whose access comes a moment late) may be a silent one: the target's answer gets lost in the
 * kernel. iscsid takes that for a disturbance and tries again within the session that it has, in vain even when the access is there by now, until
 * the login's time is over; iscsiadm says that it timed out. A session that is made anew gets in. So silence is no refusal here, and is met by
 * logging out what is left and logging in again.
 *
 * @throws ContractError BACKEND_UNAVAILABLE (no login was answered in the time there was), DEVICE_UNAVAILABLE (refused), TOOL_MISSING,
 * BACKEND_ERROR, DEADLINE_EXCEEDED, CANCELLED; CommandError
 */
export async function logInAnew(
  host: OpenIscsiHost,
  node: NodeAddress,
  { several, ...settings }: AnewOptions,
  budget: Budget,
): Promise<KernelSession> {
  const start = performance.now();
  const limit = several ? Math.min(LIMIT_OF_SEVERAL_MS, budget.remainingMs / 2) : budget.remainingMs;
  const leftMs = () => Math.min(start + limit - performance.now(), budget.remainingMs);
  for (let logins = 1; ; logins += 1) {
    const inTime = Math.floor((leftMs() - ASIDE_MS) / 1_000);
    const loginWindow = Math.max(1, Math.min(logins * FIRST_WINDOW_S, settings.loginWindow, inTime));
    const answer = await logInOnce(host, node, { ...settings, loginWindow }, budget);
    if (!isContractError(answer)) return answer;
    budget.check(`logging in to ${node.iqn} at ${node.portal}`);
    const session = await sessionTo(host.sysfs, node.transport, node);
    // It came in the last moment.
    if (session?.isLoggedIn === true) return session;
    if (leftMs() - PAUSE_MS < LEAST_MS) {
      throw withoutAnswer(node, { logins, ms: performance.now() - start, last: answer });
    }
    if (session !== undefined) await endDownSession(host, node, session, budget);
    await delay(PAUSE_MS);
  }
}

/** @returns the session; or what is said of the silence */
async function logInOnce(
  { iscsiadm, nodeDirectories, sysfs }: OpenIscsiHost,
  node: NodeAddress,
  settings: NodeSettings,
  budget: Budget,
): Promise<KernelSession | ContractError> {
  await writeNodeSettings(nodeDirectories, node, settings);
  try {
    await iscsiadm.login(node, budget);
  } catch (error) {
    if (isContractError(error) && error.code === 'BACKEND_UNAVAILABLE' && !isNobodyThere(error)) return error;
    throw error;
  }
  // Also one that was there already is a success to iscsiadm, logged in or not.
  let session: KernelSession | undefined;
  await becomesTrue(
    Math.min(settings.loginWindow * 1_000, budget.remainingMs),
    async () => {
      session = await sessionTo(sysfs, node.transport, node);
      return session?.isLoggedIn === true || budget.signal.aborted;
    },
    POLL_MS,
  );
  if (session?.isLoggedIn === true) return session;
  return new ContractError('BACKEND_UNAVAILABLE', `The session to ${node.iqn} at ${node.portal} is down.`);
}

/** Where nothing listens, another login finds nothing either: it is no silence. iscsiadm(8), exit code 4. */
function isNobodyThere({ cause }: ContractError): boolean {
  return cause instanceof ProcessExecutionError && cause.exitCode === 4;
}

function withoutAnswer(
  { iqn, portal }: NodeAddress,
  { logins, ms, last }: { readonly logins: number; readonly ms: number; readonly last: ContractError },
): ContractError {
  return new ContractError(
    'BACKEND_UNAVAILABLE',
    `Cannot log in to ${iqn} at ${portal} over iSER: no answer to ${logins} ${logins === 1 ? 'login' : 'logins'} in ${Math.ceil(ms / 1_000)} s. Nothing answers there, or this host has no access (yet): over RDMA a refusal may be lost.`,
    { details: { portal, logins }, transcript: last.transcript, cause: last },
  );
}
