import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { type ConnectionInfo, type Connector, ContractError, type Identity } from '@scoria/core/contract';
import { Budget } from '../budget.ts';
import { hostConnector, INITIATOR_NAME_FILE, readInitiatorName } from '../hostIdentity.ts';
import { describe, promisedIdentity } from '../iscsi/proof.ts';
import {
  type AttachedDevice,
  type DisconnectOptions,
  type DisconnectReport,
  type InitiatorConnector,
  isConnectionInfo,
  type ListedAttachment,
  type WaitOptions,
} from '../model.ts';
import { type MultipathPrograms, MultipathTools } from '../multipath/tools.ts';
import { ScsiSysfs } from '../scsi/sysfs.ts';
import { attach } from './attach.ts';
import { type Attachment, attachmentOf, parseHandle } from './attachment.ts';
import { detach } from './detach.ts';
import { extend } from './extend.ts';
import type { OpenIscsiHost } from './host.ts';
import { Iscsiadm } from './iscsiadm.ts';
import { listAttachments } from './listAttachments.ts';
import { NODE_DIRECTORIES } from './nodeRecord.ts';
import { pathsOf } from './paths.ts';
import { AttachmentRecords, recordOf } from './record.ts';
import { withTargetLocks } from './targetLocks.ts';

const CONNECT_MS = 120_000;
const DISCONNECT_MS = 120_000;
const EXTEND_MS = 60_000;

/** Options of the open-iscsi connector. The defaults are a Linux host's own places. */
export interface OpenIscsiOptions extends MultipathPrograms {
  /** Attaches by all portals of a volume, with a multipath map above (`use_multipath_for_image_xfer`). Needs multipathd. Default false. */
  readonly multipath?: boolean;
  /** Rescans while waiting for the disk (`num_volume_device_scan_tries`). Default 3. */
  readonly scanTries?: number;
  readonly iscsiadm?: string;
  readonly sysfsRoot?: string;
  readonly deviceDirectory?: string;
  readonly nodeDirectories?: readonly string[];
  readonly initiatorNameFile?: string;
  /** Where locks and records are; on a file system that forgets at a reboot, as sessions are. Shared by all processes of the host. */
  readonly stateDirectory?: string;
}

/**
 * Attaches iSCSI and iSER volumes by the kernel's initiator and open-iscsi: login per portal with manual scanning, a scan of exactly one
 * LUN, the disk found in sysfs (never by a by-path link), its identity proven before it is handed out, and a multipath map above
 * where that is asked for (targets.md §2.2, §2.3).
 */
export class OpenIscsiConnector implements InitiatorConnector {
  readonly name = 'open-iscsi';
  readonly #host: OpenIscsiHost;
  readonly #records: AttachmentRecords;
  readonly #stateDirectory: string;
  readonly #initiatorNameFile: string;
  readonly #multipath: boolean;

  constructor(options: OpenIscsiOptions = {}) {
    this.#stateDirectory = options.stateDirectory ?? defaultStateDirectory();
    this.#records = new AttachmentRecords(this.#stateDirectory);
    this.#initiatorNameFile = options.initiatorNameFile ?? INITIATOR_NAME_FILE;
    this.#multipath = options.multipath ?? false;
    this.#host = {
      sysfs: new ScsiSysfs(options.sysfsRoot, options.deviceDirectory),
      tools: new MultipathTools(options),
      iscsiadm: new Iscsiadm(options.iscsiadm ?? 'iscsiadm'),
      nodeDirectories: options.nodeDirectories ?? NODE_DIRECTORIES,
      scanTries: options.scanTries ?? 3,
    };
  }

  async connectorProperties(): Promise<Connector> {
    const name = await readInitiatorName({ files: [this.#initiatorNameFile], createIn: null });
    return { ...hostConnector(name), multipath: this.#multipath };
  }

  async connect(connectionInfo: ConnectionInfo, options: WaitOptions = {}): Promise<AttachedDevice> {
    const budget = new Budget(options, CONNECT_MS);
    const { attachment, data } = attachmentOf(connectionInfo);
    const promised = promisedIdentity(connectionInfo);
    return withTargetLocks(this.#stateDirectory, attachment, budget, async () => {
      const known = await this.#settle(attachment, promised, budget);
      if (!known) {
        await this.#records.save(recordOf(attachment, 'attaching', { identity: promised, device: null }));
      }
      try {
        const request = { attachment, data, promised, multipath: this.#multipath, known };
        const device = await attach(this.#host, request, budget);
        await this.#records.save(recordOf(attachment, 'attached', { identity: promised, device }));
        return device;
      } catch (error) {
        // What could not be undone stays on record, and the next call takes it away.
        const isClean = (await pathsOf(this.#host.sysfs, attachment)).length === 0;
        if (!known && isClean) await this.#records.remove(attachment);
        throw error;
      }
    });
  }

  async disconnect(
    attached: AttachedDevice | ConnectionInfo,
    options: DisconnectOptions = {},
  ): Promise<DisconnectReport> {
    const budget = new Budget(options, DISCONNECT_MS);
    const named = isConnectionInfo(attached)
      ? attachmentOf(attached).attachment
      : parseHandle(attached.handle);
    const force = options.force === true;
    return withTargetLocks(this.#stateDirectory, named, budget, async () => {
      const [record] = await this.#records.about(named);
      const attachment = record === undefined ? named : allWays(named, parseHandle(record.handle));
      const unfinished = record !== undefined && record.phase !== 'attached';
      const identity = unfinished ? null : (attached.identity ?? record?.identity ?? null);
      return detach(this.#host, this.#records, attachment, { identity, force, flush: !unfinished }, budget);
    });
  }

  async extend(attached: AttachedDevice, options: WaitOptions = {}): Promise<AttachedDevice> {
    const budget = new Budget(options, EXTEND_MS);
    const attachment = parseHandle(attached.handle);
    return withTargetLocks(this.#stateDirectory, attachment, budget, async () => {
      const device = await extend(this.#host, attached, budget);
      const [record] = await this.#records.about(attachment);
      if (record?.phase === 'attached') await this.#records.save({ ...record, device });
      return device;
    });
  }

  async listAttached(): Promise<ListedAttachment[]> {
    return listAttachments(this.#host, this.#records, this.#stateDirectory);
  }

  /**
   * Sees to what is on record about the same LUNs: what was interrupted is taken away first; a LUN number that another volume still
   * holds here is not used (field-notes.md P2).
   *
   * @returns whether the volume is attached already
   * @throws ContractError DEVICE_UNAVAILABLE when another volume holds the LUN
   */
  async #settle(attachment: Attachment, promised: Identity, budget: Budget): Promise<boolean> {
    let known = false;
    for (const record of await this.#records.about(attachment)) {
      const other = parseHandle(record.handle);
      const isThere = (await pathsOf(this.#host.sysfs, other)).length > 0;
      if (record.phase === 'attached' && isThere) {
        if (!sameIdentity(record.identity, promised)) throw heldBy(record.identity, other);
        known = true;
        continue;
      }
      await detach(this.#host, this.#records, other, { identity: null, force: false, flush: false }, budget);
    }
    return known;
  }
}

function heldBy(identity: Identity, { addresses: [address] }: Attachment): ContractError {
  return new ContractError(
    'DEVICE_UNAVAILABLE',
    `${address === undefined ? 'The LUN' : describe(address)} is still attached to this host as another volume (${JSON.stringify(identity)}): detach that first. Nothing was read or written.`,
  );
}

function allWays(named: Attachment, recorded: Attachment): Attachment {
  const others = recorded.addresses.filter(
    ({ portal, iqn }) => !named.addresses.some((each) => each.portal === portal && each.iqn === iqn),
  );
  return { ...named, addresses: [...named.addresses, ...others] };
}

function sameIdentity(one: Identity, other: Identity): boolean {
  if (one.type === 'naa' && other.type === 'naa') return one.naa.toLowerCase() === other.naa.toLowerCase();
  return isDeepStrictEqual(one, other);
}

function defaultStateDirectory(): string {
  const uid = process.geteuid?.() ?? 0;
  if (uid === 0) return '/run/scoria/open-iscsi';
  return join(process.env['XDG_RUNTIME_DIR'] ?? '/tmp', `scoria-${uid}`, 'open-iscsi');
}
