import type { ConnectionInfo, Connector } from '@scoria/core/contract';
import { Budget } from '../budget.ts';
import { hostConnector, INITIATOR_NAME_FILE, readInitiatorName } from '../hostIdentity.ts';
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
import type { OpenIscsiHost } from './host.ts';
import { Iscsiadm } from './iscsiadm.ts';
import { NODE_DIRECTORIES } from './nodeRecord.ts';
import type { IscsiPath } from './paths.ts';
import { iscsiTransport } from './transport.ts';

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
  readonly #attachments: Attachments<Attachment, IscsiPath>;
  readonly #initiatorNameFile: string;
  readonly #multipath: boolean;

  constructor(options: OpenIscsiOptions = {}) {
    this.#initiatorNameFile = options.initiatorNameFile ?? INITIATOR_NAME_FILE;
    this.#multipath = options.multipath ?? false;
    this.#host = {
      sysfs: new ScsiSysfs(options.sysfsRoot, options.deviceDirectory),
      tools: new MultipathTools(options),
      iscsiadm: new Iscsiadm(options.iscsiadm ?? 'iscsiadm'),
      nodeDirectories: options.nodeDirectories ?? NODE_DIRECTORIES,
      scanTries: options.scanTries ?? 3,
    };
    this.#attachments = new Attachments(
      this.#host,
      iscsiTransport(this.#host),
      options.stateDirectory ?? defaultStateDirectory('open-iscsi'),
    );
  }

  async connectorProperties(): Promise<Connector> {
    const name = await readInitiatorName({ files: [this.#initiatorNameFile], createIn: null });
    return { ...hostConnector(name), multipath: this.#multipath };
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
