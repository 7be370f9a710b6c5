import { type ConnectionInfo, type Connector, ContractError } from '@scoria/core/contract';
import { Budget } from '../budget.ts';
import { hostConnector } from '../hostIdentity.ts';
import { promisedIdentity } from '../iscsi/proof.ts';
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
import { Attachments } from '../paths/attachments.ts';
import { ScsiSysfs } from '../scsi/sysfs.ts';
import { defaultStateDirectory } from '../stateDirectory.ts';
import { attach } from './attach.ts';
import { type Attachment, attachmentOf, parseHandle } from './attachment.ts';
import type { FcHost } from './host.ts';
import type { FcPath } from './paths.ts';
import { hostPorts } from './ports.ts';
import { fcTransport } from './transport.ts';

const CONNECT_MS = 180_000;
const DISCONNECT_MS = 120_000;
const EXTEND_MS = 60_000;

/** Options of the Fibre Channel connector. The defaults are a Linux host's own places. */
export interface FibreChannelOptions extends MultipathPrograms {
  /** Attaches by all ports of a volume, with a multipath map above (`use_multipath_for_image_xfer`). Needs multipathd. Default false. */
  readonly multipath?: boolean;
  /** Rescans while waiting for the disk (`num_volume_device_scan_tries`). Default 3. */
  readonly scanTries?: number;
  /** Whether all LUNs are scanned for when the one that is meant does not show: it brings in LUNs of others. Default false. */
  readonly wildcardScan?: boolean;
  readonly sysfsRoot?: string;
  readonly deviceDirectory?: string;
  /** Where locks and records are; on a file system that forgets at a reboot, as what the kernel has is. Shared by all processes of the host. */
  readonly stateDirectory?: string;
}

/**
 * Attaches Fibre Channel volumes by the kernel's HBA drivers and sysfs alone: a scan of exactly one LUN at the target ports that the connection names, from the
 * ports of this host that its map names, the disk's identity proven before it is handed out, and a multipath map above where that is asked for
 * (targets.md §2.4).
 */
export class FibreChannelConnector implements InitiatorConnector {
  readonly name = 'fibre-channel';
  readonly #host: FcHost;
  readonly #attachments: Attachments<Attachment, FcPath>;
  readonly #multipath: boolean;

  constructor(options: FibreChannelOptions = {}) {
    this.#multipath = options.multipath ?? false;
    this.#host = {
      sysfs: new ScsiSysfs(options.sysfsRoot, options.deviceDirectory),
      tools: new MultipathTools(options),
      scanTries: options.scanTries ?? 3,
      wildcardScan: options.wildcardScan ?? false,
    };
    this.#attachments = new Attachments(
      this.#host,
      fcTransport(this.#host),
      options.stateDirectory ?? defaultStateDirectory('fibre-channel'),
    );
  }

  /** @throws ContractError NO_FC_HOSTS when no port is online */
  async connectorProperties(): Promise<Connector> {
    const online = (await hostPorts(this.#host.sysfs.root)).filter(({ isOnline }) => isOnline);
    if (online.length === 0)
      throw new ContractError('NO_FC_HOSTS', 'This host has no Fibre Channel port that is online.');
    return {
      ...hostConnector(''),
      initiator: null,
      wwpns: online.map(({ wwpn }) => wwpn),
      wwnns: online.map(({ wwnn }) => wwnn),
      multipath: this.#multipath,
    };
  }

  async connect(connectionInfo: ConnectionInfo, options: WaitOptions = {}): Promise<AttachedDevice> {
    const budget = new Budget(options, CONNECT_MS);
    const { attachment, data } = attachmentOf(connectionInfo);
    const promised = promisedIdentity(connectionInfo);
    const what = { attachment, data, promised, multipath: this.#multipath };
    return this.#attachments.connect(
      attachment,
      promised,
      ({ held }) => attach(this.#host, { ...what, held }, budget),
      budget,
    );
  }

  async disconnect(
    attached: AttachedDevice | ConnectionInfo,
    options: DisconnectOptions = {},
  ): Promise<DisconnectReport> {
    const named = isConnectionInfo(attached)
      ? attachmentOf(attached).attachment
      : parseHandle(attached.handle);
    return this.#attachments.disconnect(
      named,
      { identity: attached.identity ?? null, force: options.force === true },
      new Budget(options, DISCONNECT_MS),
    );
  }

  async extend(attached: AttachedDevice, options: WaitOptions = {}): Promise<AttachedDevice> {
    return this.#attachments.extend(attached, new Budget(options, EXTEND_MS));
  }

  async listAttached(): Promise<ListedAttachment[]> {
    return this.#attachments.list();
  }
}
