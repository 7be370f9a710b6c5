import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { type ConnectionInfo, type Connector, ContractError } from '@scoria/core/contract';
import { Budget } from '../budget.ts';
import { hostConnector } from '../hostIdentity.ts';
import { promisedIdentity } from '../iscsi/proof.ts';
import { withLunLock } from '../lunLock.ts';
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
import { makePrivate } from '../privateDirectory.ts';
import { ScsiSysfs } from '../scsi/sysfs.ts';
import { attach } from './attach.ts';
import { type Attachment, attachmentOf, handleOf, parseHandle } from './attachment.ts';
import { detach } from './detach.ts';
import { extend } from './extend.ts';
import type { FcHost } from './host.ts';
import { hostPorts, targetPorts } from './ports.ts';

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
  /** Where locks are; shared by all processes of the host. */
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
  readonly #stateDirectory: string;
  readonly #multipath: boolean;

  constructor(options: FibreChannelOptions = {}) {
    this.#stateDirectory = options.stateDirectory ?? defaultStateDirectory();
    this.#multipath = options.multipath ?? false;
    this.#host = {
      sysfs: new ScsiSysfs(options.sysfsRoot, options.deviceDirectory),
      tools: new MultipathTools(options),
      scanTries: options.scanTries ?? 3,
      wildcardScan: options.wildcardScan ?? false,
    };
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
    return this.#alone(attachment, budget, () =>
      attach(this.#host, { attachment, data, promised, multipath: this.#multipath }, budget),
    );
  }

  async disconnect(
    attached: AttachedDevice | ConnectionInfo,
    options: DisconnectOptions = {},
  ): Promise<DisconnectReport> {
    const budget = new Budget(options, DISCONNECT_MS);
    const { identity = null } = attached;
    const attachment = isConnectionInfo(attached)
      ? attachmentOf(attached).attachment
      : parseHandle(attached.handle);
    return this.#alone(attachment, budget, () =>
      detach(this.#host, attachment, { identity, force: options.force === true }, budget),
    );
  }

  async extend(attached: AttachedDevice, options: WaitOptions = {}): Promise<AttachedDevice> {
    const budget = new Budget(options, EXTEND_MS);
    return this.#alone(parseHandle(attached.handle), budget, () => extend(this.#host, attached, budget));
  }

  /** The disks of all target ports; what the kernel has is all that there is to know. */
  async listAttached(): Promise<ListedAttachment[]> {
    const { sysfs } = this.#host;
    const listed = new Map<string, ListedAttachment>();
    for (const from of await hostPorts(sysfs.root)) {
      for (const { wwpn, directory } of await targetPorts(sysfs.root, from)) {
        for (const { lun } of await sysfs.disksBelow(directory)) {
          const handle = handleOf({ addresses: [{ wwpn, lun }] });
          listed.set(handle, { handle, target: null, state: 'attached', device: null });
        }
      }
    }
    return [...listed.values()];
  }

  /** While no other process of this host works on a LUN of the same port: what it brings in must not be taken for what we do. */
  async #alone<T>({ addresses }: Attachment, budget: Budget, use: () => Promise<T>): Promise<T> {
    await makePrivate(this.#stateDirectory);
    // In one order everywhere, so that two never wait for each other.
    const files = [...new Set(addresses.map(({ wwpn }) => wwpn))]
      .sort()
      .map((wwpn) =>
        join(this.#stateDirectory, `${createHash('sha256').update(wwpn).digest('hex').slice(0, 16)}.lock`),
      );
    return files.reduceRight<() => Promise<T>>(
      (inner, file) => () => withLunLock(file, budget, inner),
      use,
    )();
  }
}

function defaultStateDirectory(): string {
  const uid = process.geteuid?.() ?? 0;
  if (uid === 0) return '/run/scoria/fibre-channel';
  return join(process.env['XDG_RUNTIME_DIR'] ?? '/tmp', `scoria-${uid}`, 'fibre-channel');
}
