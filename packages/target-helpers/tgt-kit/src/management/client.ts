import type { Secret } from '@scoria/driver-sdk';
import type { Lld } from './protocol.ts';
import {
  type LunCounters,
  parseAccounts,
  parseConnections,
  parseDrivers,
  parseLunCounters,
  parsePortals,
} from './showOthers.ts';
import { type ShownBlock, type ShownSession, splitTargets } from './showTargets.ts';
import type { SendOptions, Transport } from './transport.ts';

/** What a logical unit is made of. */
export interface NewLun {
  readonly path: string;
  /** tgt's backing store type; `rdwr` for files and block devices. */
  readonly storeType: string;
  /** Colon-separated open flags: `direct`, `sync`. */
  readonly flags?: string | undefined;
  readonly blockSize?: number | undefined;
}

/** A value that tgtd accepts for a logical unit (`scsi_sn`, `online`, `path`, …), in the order in which it is to be applied. */
export type LunUpdate = readonly (readonly [key: string, value: string | number])[];

/**
 * The verbs of tgtd's management that a target helper needs, one request each, nothing hidden: whoever calls them orders them.
 * All throw TgtError with the code of tgtd's answer.
 */
export interface TgtClient {
  readonly transport: Transport;
  /** All targets, by IQN. */
  showTargets(): Promise<Map<string, ShownBlock>>;
  /** Live sessions of one target: costs the same however many targets there are. @throws NO_TARGET */
  showSessions(lld: Lld, tid: number): Promise<ShownSession[]>;
  /** @throws TARGET_EXISTS (the id or the name) */
  createTarget(lld: Lld, tid: number, iqn: string): Promise<void>;
  /** @throws NO_TARGET, TARGET_ACTIVE (a session, without force), LUN_ACTIVE (commands under way) */
  deleteTarget(lld: Lld, tid: number, force: boolean): Promise<void>;
  /** @throws NO_TARGET, LUN_EXISTS, INVALID_REQUEST (also: the file cannot be opened) */
  createLun(lld: Lld, tid: number, lun: number, spec: NewLun): Promise<void>;
  /** Several values in one request are applied one by one, up to the one that is refused. @throws NO_TARGET, NO_LUN, INVALID_REQUEST */
  updateLun(lld: Lld, tid: number, lun: number, update: LunUpdate): Promise<void>;
  /** Commands given to a LUN and finished by it. @throws NO_TARGET, NO_LUN */
  showCounters(lld: Lld, tid: number, lun: number): Promise<LunCounters>;
  /** tgtd does not guard this: it succeeds under a live session. @throws NO_TARGET, NO_LUN */
  deleteLun(lld: Lld, tid: number, lun: number): Promise<void>;
  /** Lets an initiator in by its name. @throws NO_TARGET, ACL_EXISTS */
  allow(lld: Lld, tid: number, initiator: string): Promise<void>;
  /** @throws NO_TARGET, NO_ACL */
  disallow(lld: Lld, tid: number, initiator: string): Promise<void>;
  /** Lets addresses in (`ALL`, an address, a network). @throws NO_TARGET, ACL_EXISTS */
  allowAddress(lld: Lld, tid: number, address: string): Promise<void>;
  /** @throws NO_TARGET, NO_ACL */
  disallowAddress(lld: Lld, tid: number, address: string): Promise<void>;
  /** Accounts are the daemon's, not the target's. */
  showAccounts(): Promise<string[]>;
  /** An existing account keeps its password. @throws ACCOUNT_EXISTS */
  createAccount(username: string, password: Secret): Promise<void>;
  /** @throws NO_ACCOUNT */
  deleteAccount(username: string): Promise<void>;
  /** Makes the target ask for CHAP. @throws NO_TARGET, NO_ACCOUNT, ACCOUNT_EXISTS (bound already) */
  bindAccount(lld: Lld, tid: number, username: string): Promise<void>;
  /**
   * **Only ever the account bound last**: tgtd 1.0.85 to 1.0.97 keep a hole where an earlier one was, and the next listing of
   * targets kills the daemon. @throws NO_TARGET, NO_ACCOUNT
   */
  unbindAccount(lld: Lld, tid: number, username: string): Promise<void>;
  /** Breaks a connection; the session ends with its last one, a moment later. @throws NO_TARGET, NO_SESSION, NO_CONNECTION */
  closeConnection(lld: Lld, tid: number, sid: number, cid: number): Promise<void>;
  /** State of each transport driver. */
  showDrivers(options?: SendOptions): Promise<Map<string, string>>;
  /** Portals, `ip:port`. */
  showPortals(lld: Lld): Promise<string[]>;
  /** Ends the daemon. @throws INVALID_REQUEST while it has targets */
  stopDaemon(): Promise<void>;
}

/** The verbs over a transport. */
export function tgtClient(transport: Transport): TgtClient {
  const run = async (...[request, options]: Parameters<Transport['send']>) =>
    void (await transport.send(request, options));
  return {
    transport,
    showTargets: async () =>
      splitTargets(await transport.send({ action: 'list targets', mode: 'target', op: 'show' })),
    showSessions: async (lld, tid) =>
      parseConnections(
        await transport.send({
          action: `list sessions of target ${tid}`,
          mode: 'connection',
          op: 'show',
          lld,
          tid,
        }),
      ),
    createTarget: (lld, tid, iqn) =>
      run({
        action: `create target ${iqn} as ${tid}`,
        mode: 'target',
        op: 'new',
        lld,
        tid,
        parameters: [['targetname', iqn]],
      }),
    deleteTarget: (lld, tid, force) =>
      run({ action: `delete target ${tid}`, mode: 'target', op: 'delete', lld, tid, force }),
    createLun: (lld, tid, lun, spec) =>
      run({
        action: `create LUN ${lun} of target ${tid} on ${spec.path}`,
        mode: 'device',
        op: 'new',
        lld,
        tid,
        lun,
        parameters: [
          ['path', spec.path],
          ['bstype', spec.storeType],
          ...(spec.flags === undefined ? [] : [['bsoflags', spec.flags] as const]),
          ...(spec.blockSize === undefined ? [] : [['blocksize', spec.blockSize] as const]),
        ],
      }),
    updateLun: (lld, tid, lun, update) =>
      run({
        action: `set ${update.map(([key]) => key).join(', ')} of LUN ${lun} of target ${tid}`,
        mode: 'device',
        op: 'update',
        lld,
        tid,
        lun,
        parameters: update,
      }),
    showCounters: async (lld, tid, lun) =>
      parseLunCounters(
        await transport.send({
          action: `count commands of LUN ${lun} of target ${tid}`,
          mode: 'device',
          op: 'stats',
          lld,
          tid,
          lun,
        }),
      ),
    deleteLun: (lld, tid, lun) =>
      run({ action: `delete LUN ${lun} of target ${tid}`, mode: 'device', op: 'delete', lld, tid, lun }),
    allow: (lld, tid, initiator) =>
      run({
        action: `let ${initiator} use target ${tid}`,
        mode: 'target',
        op: 'bind',
        lld,
        tid,
        parameters: [['initiator-name', initiator]],
      }),
    disallow: (lld, tid, initiator) =>
      run({
        action: `lock ${initiator} out of target ${tid}`,
        mode: 'target',
        op: 'unbind',
        lld,
        tid,
        parameters: [['initiator-name', initiator]],
      }),
    allowAddress: (lld, tid, address) =>
      run({
        action: `let address ${address} use target ${tid}`,
        mode: 'target',
        op: 'bind',
        lld,
        tid,
        parameters: [['initiator-address', address]],
      }),
    disallowAddress: (lld, tid, address) =>
      run({
        action: `lock address ${address} out of target ${tid}`,
        mode: 'target',
        op: 'unbind',
        lld,
        tid,
        parameters: [['initiator-address', address]],
      }),
    showAccounts: async () =>
      parseAccounts(await transport.send({ action: 'list accounts', mode: 'account', op: 'show' })),
    createAccount: (username, password) =>
      run({
        action: `create account ${username}`,
        mode: 'account',
        op: 'new',
        parameters: [
          ['user', username],
          ['password', password],
        ],
      }),
    deleteAccount: (username) =>
      run({
        action: `delete account ${username}`,
        mode: 'account',
        op: 'delete',
        parameters: [['user', username]],
      }),
    bindAccount: (lld, tid, username) =>
      run({
        action: `bind account ${username} to target ${tid}`,
        mode: 'account',
        op: 'bind',
        lld,
        tid,
        parameters: [['user', username]],
      }),
    unbindAccount: (lld, tid, username) =>
      run({
        action: `unbind account ${username} from target ${tid}`,
        mode: 'account',
        op: 'unbind',
        lld,
        tid,
        parameters: [['user', username]],
      }),
    closeConnection: (lld, tid, sid, cid) =>
      run({
        action: `close connection ${cid} of session ${sid} of target ${tid}`,
        mode: 'connection',
        op: 'delete',
        lld,
        tid,
        sid,
        cid,
      }),
    showDrivers: async (options) =>
      parseDrivers(await transport.send({ action: 'show the daemon', mode: 'system', op: 'show' }, options)),
    showPortals: async (lld) =>
      parsePortals(await transport.send({ action: 'list portals', mode: 'portal', op: 'show', lld })),
    stopDaemon: () => run({ action: 'stop the daemon', mode: 'system', op: 'delete' }),
  };
}
