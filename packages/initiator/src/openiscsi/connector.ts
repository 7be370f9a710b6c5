import {
  type ConnectionInfo,
  type Connector,
  ContractError,
  type Identity,
  type IscsiConnectionData,
} from '@scoria/core/contract';
import { Budget } from '../budget.ts';
import { toContractError, withLeftovers } from '../contractErrors.ts';
import { hostConnector, INITIATOR_NAME_FILE, readInitiatorName } from '../hostIdentity.ts';
import { addressesOf, describe, type LunAddress, promisedIdentity } from '../iscsi/proof.ts';
import {
  type AttachedDevice,
  type DisconnectOptions,
  type DisconnectReport,
  type InitiatorConnector,
  isConnectionInfo,
  type ListedAttachment,
  type WaitOptions,
} from '../model.ts';
import { UndoStack } from '../undo.ts';
import { findDisk, logIn, type OpenIscsiHost } from './findDisk.ts';
import { Iscsiadm, sessionOf } from './iscsiadm.ts';
import { NODE_DIRECTORIES } from './nodeRecord.ts';
import { removeDisk, removeNode } from './removal.ts';
import { IscsiSysfs, type SessionDisk } from './sysfs.ts';

const CONNECT_MS = 120_000;
const DISCONNECT_MS = 120_000;
const EXTEND_MS = 60_000;

/** Options of the open-iscsi connector. The defaults are a Linux host's own places. */
export interface OpenIscsiOptions {
  readonly iscsiadm?: string;
  readonly sysfsRoot?: string;
  readonly deviceDirectory?: string;
  readonly nodeDirectories?: readonly string[];
  readonly initiatorNameFile?: string;
  /** Rescans while waiting for the disk (`num_volume_device_scan_tries`). Default 3. */
  readonly scanTries?: number;
}

/**
 * Attaches iSCSI volumes by the kernel's initiator and open-iscsi: login with manual scanning, a scan of exactly one LUN,
 * the disk found in sysfs (never by a by-path link), and its identity read before it is handed out (targets.md §2.2).
 */
export class OpenIscsiConnector implements InitiatorConnector {
  readonly name = 'open-iscsi';
  readonly #iscsiadm: Iscsiadm;
  readonly #sysfs: IscsiSysfs;
  readonly #options: Required<OpenIscsiOptions>;
  readonly #host: OpenIscsiHost;

  constructor(options: OpenIscsiOptions = {}) {
    this.#options = {
      iscsiadm: 'iscsiadm',
      sysfsRoot: '/sys',
      deviceDirectory: '/dev',
      nodeDirectories: NODE_DIRECTORIES,
      initiatorNameFile: INITIATOR_NAME_FILE,
      scanTries: 3,
      ...options,
    };
    this.#iscsiadm = new Iscsiadm(this.#options.iscsiadm);
    this.#sysfs = new IscsiSysfs(this.#options.sysfsRoot);
    const { nodeDirectories, scanTries } = this.#options;
    this.#host = { iscsiadm: this.#iscsiadm, sysfs: this.#sysfs, nodeDirectories, scanTries };
  }

  async connectorProperties(): Promise<Connector> {
    return hostConnector(
      await readInitiatorName({ files: [this.#options.initiatorNameFile], createIn: null }),
    );
  }

  async connect(connectionInfo: ConnectionInfo, options: WaitOptions = {}): Promise<AttachedDevice> {
    const budget = new Budget(options, CONNECT_MS);
    const data = iscsiData(connectionInfo);
    const promised = promisedIdentity(connectionInfo);
    const addresses = addressesOf(data);
    const failures: ContractError[] = [];
    for (const address of addresses) {
      const undo = new UndoStack();
      try {
        return await this.#connectBy(address, data, promised, budget, undo);
      } catch (error) {
        const failure = budget.signal.aborted
          ? budget.error(`attaching ${describe(address)}`)
          : toContractError(error, `Cannot attach ${describe(address)}`);
        const complete = withLeftovers(failure, await undo.unwind());
        // Another portal of the same target helps against silence, not against a wrong identity.
        if (complete.code === 'DEVICE_UNAVAILABLE' || budget.signal.aborted || address === addresses.at(-1))
          throw complete;
        failures.push(complete);
      }
    }
    throw failures[0] ?? new ContractError('INTERNAL', 'The connection names no portal.');
  }

  async disconnect(
    attached: AttachedDevice | ConnectionInfo,
    options: DisconnectOptions = {},
  ): Promise<DisconnectReport> {
    const budget = new Budget(options, DISCONNECT_MS);
    const force = options.force === true;
    const identity = attached.identity ?? null;
    const addresses = isConnectionInfo(attached)
      ? addressesOf(iscsiData(attached))
      : [parseHandle(attached.handle)];
    const errors: unknown[] = [];
    const report = { wasAttached: false, flushed: true };
    for (const address of addresses) {
      try {
        const one = await this.#disconnectFrom(address, identity, budget, force, errors);
        report.wasAttached ||= one.wasAttached;
        report.flushed &&= one.flushed;
      } catch (error) {
        if (!force) throw toContractError(error, `Cannot detach ${describe(address)}`);
        errors.push(error);
      }
    }
    const left = await this.#leftOf(addresses);
    if (left.length > 0) {
      const first = toContractError(
        errors[0] ?? new Error('it is still there'),
        'Not everything could be detached',
      );
      throw withLeftovers(first, { errors: errors.slice(1), leftBehind: left });
    }
    return {
      ...report,
      warnings: errors.map((error) => (error instanceof Error ? error.message : String(error))),
    };
  }

  async extend(attached: AttachedDevice, options: WaitOptions = {}): Promise<AttachedDevice> {
    const budget = new Budget(options, EXTEND_MS);
    const disk = (await this.#disks(parseHandle(attached.handle), budget))[0];
    if (disk === undefined)
      throw new ContractError('NOT_FOUND', `${attached.path} is not attached any more.`);
    await this.#sysfs.rescan(disk.name);
    await this.#prove(disk.name, attached.identity, parseHandle(attached.handle));
    return { ...attached, path: this.#path(disk.name), size: await this.#sysfs.sizeOf(disk.name) };
  }

  async listAttached(): Promise<ListedAttachment[]> {
    const sessions = await this.#iscsiadm.sessions(new Budget({}, EXTEND_MS));
    const listed: ListedAttachment[] = [];
    for (const session of sessions) {
      for (const disk of await this.#sysfs.disksOf(session.id)) {
        const target = { portal: session.portal, iqn: session.iqn, lun: disk.lun };
        listed.push({ handle: handleOf(target), target, state: 'attached', device: null });
      }
    }
    return listed;
  }

  async #connectBy(
    address: LunAddress,
    data: IscsiConnectionData,
    promised: Identity,
    budget: Budget,
    undo: UndoStack,
  ): Promise<AttachedDevice> {
    undo.add(`session to ${address.iqn} at ${address.portal}`, () => this.#logoutIfUnused(address));
    const session = await logIn(this.#host, address, data, budget);
    const before = new Set((await this.#sysfs.disksOf(session.id)).map((disk) => disk.name));
    const disk = await findDisk(this.#host, session, address, budget);
    if (before.has(disk.name)) await this.#sysfs.rescan(disk.name);
    else
      undo.add(this.#path(disk.name), async () => {
        await removeDisk(this.#sysfs, disk.name, new Budget({}, DISCONNECT_MS));
      });
    await this.#prove(disk.name, promised, address);
    return {
      connector: 'open-iscsi',
      path: this.#path(disk.name),
      type: 'block',
      identity: promised,
      size: await this.#sysfs.sizeOf(disk.name),
      readOnly: data.access_mode === 'ro',
      discard: data.discard !== false,
      handle: handleOf(address),
    };
  }

  async #prove(name: string, promised: Identity, address: LunAddress): Promise<void> {
    const { matches, shown } = await this.#sysfs.shows(name, promised);
    if (matches) return;
    throw new ContractError(
      'DEVICE_UNAVAILABLE',
      `${this.#path(name)} (${describe(address)}) shows "${shown}", not what its export promised (${JSON.stringify(promised)}): it is another volume. Nothing was read or written.`,
      { details: { device: this.#path(name), shown } },
    );
  }

  async #disconnectFrom(
    address: LunAddress,
    identity: Identity | null,
    budget: Budget,
    force: boolean,
    errors: unknown[],
  ): Promise<{ wasAttached: boolean; flushed: boolean }> {
    const disks = await this.#disks(address, budget);
    let flushed = true;
    for (const disk of disks) {
      // A path that meanwhile leads to another volume is neither flushed nor deleted (field-notes.md P2).
      if (identity !== null) await this.#prove(disk.name, identity, address);
      const result = await removeDisk(this.#sysfs, disk.name, budget, {
        force,
        errors,
        devicePath: this.#path(disk.name),
        sysfsRoot: this.#options.sysfsRoot,
      });
      flushed &&= result.flushed;
    }
    const hadSession = sessionOf(await this.#iscsiadm.sessions(budget), address) !== undefined;
    await this.#logoutIfUnused(address);
    return { wasAttached: hadSession, flushed };
  }

  async #disks(address: LunAddress, budget: Budget): Promise<SessionDisk[]> {
    const session = sessionOf(await this.#iscsiadm.sessions(budget), address);
    if (session === undefined) return [];
    return (await this.#sysfs.disksOf(session.id)).filter((disk) => disk.lun === address.lun);
  }

  async #logoutIfUnused(address: LunAddress): Promise<void> {
    const budget = new Budget({}, DISCONNECT_MS);
    const session = sessionOf(await this.#iscsiadm.sessions(budget), address);
    if (session !== undefined && (await this.#sysfs.disksOf(session.id)).length > 0) return;
    await removeNode(this.#iscsiadm, address, session !== undefined, budget);
  }

  async #leftOf(addresses: readonly LunAddress[]): Promise<string[]> {
    const budget = new Budget({}, EXTEND_MS);
    const left = await Promise.all(addresses.map((address) => this.#disks(address, budget)));
    return left.flat().map((disk) => this.#path(disk.name));
  }

  #path(name: string): string {
    return `${this.#options.deviceDirectory}/${name}`;
  }
}

function handleOf(address: LunAddress): string {
  return `${address.portal} ${address.iqn} ${address.lun}`;
}

function parseHandle(handle: string): LunAddress {
  const [portal, iqn, lun] = handle.split(' ');
  if (portal === undefined || iqn === undefined || !/^\d+$/.test(lun ?? '')) {
    throw new ContractError('INVALID_ARGUMENT', `"${handle}" is no handle of the open-iscsi connector.`);
  }
  return { portal, iqn, lun: Number(lun) };
}

function iscsiData(info: ConnectionInfo): IscsiConnectionData {
  if (info.driver_volume_type === 'iscsi') return info.data;
  throw new ContractError(
    'INVALID_CONNECTOR',
    `The open-iscsi connector attaches iscsi volumes, not ${info.driver_volume_type}.`,
  );
}
