import type { IscsiConnectionData } from '@scoria/core/contract';
import { type Budget, becomesTrue } from '../budget.ts';
import { endDownSession } from './endDownSession.ts';
import type { OpenIscsiHost } from './host.ts';
import type { NodeAddress } from './iscsiadm.ts';
import { logInAnew } from './logInAnew.ts';
import { findRecord, writeNodeSettings } from './nodeRecord.ts';
import { type KernelSession, sessionTo } from './sessions.ts';

const POLL_MS = 50;
/** A session that is trying to get back gets so long. */
const RECOVERY_MS = 5_000;
const LOGIN_WINDOW_S = 30;
/** With other portals to go by, a silent one is not waited for that long. */
const LOGIN_WINDOW_OF_SEVERAL_S = 10;

/** How to log in. */
export interface LoginOptions {
  readonly data: Pick<IscsiConnectionData, 'auth_username' | 'auth_password'>;
  /** Whether it is one of several portals. */
  readonly several: boolean;
}

/**
 * Logs in with manual scanning and the credentials in the node record. A session that works is taken over; one that is down and that nobody
 * uses is ended, since it goes on with the credentials it began with. Over iSER a login without an answer is begun anew.
 *
 * @throws ContractError BACKEND_UNAVAILABLE, DEVICE_UNAVAILABLE (refused), TOOL_MISSING, BACKEND_ERROR, DEADLINE_EXCEEDED, CANCELLED
 */
export async function logIn(
  host: OpenIscsiHost,
  node: NodeAddress,
  { data, several }: LoginOptions,
  budget: Budget,
): Promise<KernelSession> {
  const { iscsiadm, nodeDirectories, sysfs } = host;
  const existing = await takeOver(host, node, budget);
  if (existing !== null) return existing;
  if ((await findRecord(nodeDirectories, node)) === null) await iscsiadm.makeNode(node, budget);
  const { auth_username: username, auth_password: secret } = data;
  const chap = username === undefined || secret === undefined ? null : { username, secret };
  const loginWindow = several ? LOGIN_WINDOW_OF_SEVERAL_S : LOGIN_WINDOW_S;
  if (node.transport === 'iser') return logInAnew(host, node, { chap, loginWindow, several }, budget);
  await writeNodeSettings(nodeDirectories, node, { chap, loginWindow });
  await iscsiadm.login(node, budget);
  return budget.until(
    `waiting for the session to ${node.iqn} at ${node.portal}`,
    async () => {
      const session = await sessionTo(sysfs, node.transport, node);
      return session?.isLoggedIn === true ? session : null;
    },
    POLL_MS,
  );
}

async function takeOver(
  host: OpenIscsiHost,
  node: NodeAddress,
  budget: Budget,
): Promise<KernelSession | null> {
  const { sysfs } = host;
  let session = await sessionTo(sysfs, node.transport, node);
  if (session === undefined) return null;
  await becomesTrue(
    Math.min(RECOVERY_MS, budget.remainingMs),
    async () => {
      session = await sessionTo(sysfs, node.transport, node);
      return session === undefined || session.isLoggedIn || budget.signal.aborted;
    },
    POLL_MS,
  );
  if (session === undefined || session.isLoggedIn) return session ?? null;
  await endDownSession(host, node, session, budget);
  return null;
}
