import { homedir } from 'node:os';
import { join } from 'node:path';
import {
  type ConnectionInfo,
  type Connector,
  ContractError,
  type IscsiConnectionData,
} from '@scoria/core/contract';
import { Budget } from '../budget.ts';
import { hostConnector, INITIATOR_NAME_FILE, readInitiatorName } from '../hostIdentity.ts';
import { addressesOf, describe, type ProvenLun, promisedIdentity, proveLun } from '../iscsi/proof.ts';
import { isLocked, withLunLock } from '../lunLock.ts';
import {
  type AttachedDevice,
  type DisconnectOptions,
  type DisconnectReport,
  type InitiatorConnector,
  isConnectionInfo,
  type ListedAttachment,
  type WaitOptions,
} from '../model.ts';
import { isMounted } from '../mounts.ts';
import { makePrivate } from '../privateDirectory.ts';
import { processRuns } from '../processIdentity.ts';
import { defaultStateDirectory } from '../stateDirectory.ts';
import { attach } from './attach.ts';
import { extendAttached } from './extend.ts';
import {
  type AttachmentFiles,
  type AttachmentRecord,
  filesOf,
  handleOf,
  listHandles,
  readRecord,
} from './record.ts';
import { takeAway } from './takeAway.ts';

const NAME_FILE = 'initiatorname.iscsi';
const CONNECT_MS = 30_000;
const DISCONNECT_MS = 60_000;
const EXTEND_MS = 30_000;

/** Options of the userland connector. */
export interface UserlandOptions {
  /** Where the files of attachments are; on a file system that forgets at a reboot, as the daemons do. */
  readonly stateDirectory?: string;
  /** `block`: a loop device on the daemon's file (root only). `file`: the file itself. Default: `block` when root. */
  readonly deviceType?: 'block' | 'file';
  /** The initiator's iSCSI name; default: the host's own, or one that is made once and kept. */
  readonly initiatorName?: string;
}

/**
 * Attaches iSCSI volumes with no kernel initiator: a qemu-storage-daemon logs in and serves the LUN as a FUSE file, on
 * which a loop device stands when a block device is wanted.
 */
export class UserlandConnector implements InitiatorConnector {
  readonly name = 'userland';
  readonly #stateDirectory: string;
  readonly #deviceType: 'block' | 'file';
  readonly #initiatorName: string | undefined;
  readonly #nameFile: string;

  constructor(options: UserlandOptions = {}) {
    this.#stateDirectory = options.stateDirectory ?? defaultStateDirectory('initiator');
    this.#deviceType = options.deviceType ?? (process.geteuid?.() === 0 ? 'block' : 'file');
    this.#initiatorName = options.initiatorName;
    this.#nameFile =
      options.stateDirectory === undefined ? defaultNameFile() : join(options.stateDirectory, NAME_FILE);
  }

  async connectorProperties(): Promise<Connector> {
    return hostConnector(await this.#ownName());
  }

  async connect(connectionInfo: ConnectionInfo, options: WaitOptions = {}): Promise<AttachedDevice> {
    const budget = new Budget(options, CONNECT_MS);
    const data = iscsiData(connectionInfo);
    const promised = promisedIdentity(connectionInfo);
    const [address] = addressesOf(data);
    const files = filesOf(this.#stateDirectory, handleOf(address));
    const initiatorName = await this.#ownName();
    await makePrivate(this.#stateDirectory);
    return withLunLock(files.lock, budget, async () => {
      const proven = await proveLun(data, promised, initiatorName, budget);
      try {
        const existing = await this.#existing(files, proven);
        if (existing !== null) return existing;
        const deviceType = this.#deviceType;
        return deviceOf(files, await attach({ files, data, proven, initiatorName, deviceType, budget }));
      } finally {
        await proven.close();
      }
    });
  }

  async disconnect(
    attached: AttachedDevice | ConnectionInfo,
    options: DisconnectOptions = {},
  ): Promise<DisconnectReport> {
    const budget = new Budget(options, DISCONNECT_MS);
    const handle = isConnectionInfo(attached)
      ? handleOf(addressesOf(iscsiData(attached))[0])
      : attached.handle;
    const files = filesOf(this.#stateDirectory, handle);
    await makePrivate(this.#stateDirectory);
    return withLunLock(files.lock, budget, () => takeAway(files, budget, options.force === true));
  }

  async extend(attached: AttachedDevice, options: WaitOptions = {}): Promise<AttachedDevice> {
    const budget = new Budget(options, EXTEND_MS);
    const files = filesOf(this.#stateDirectory, attached.handle);
    return withLunLock(files.lock, budget, async () => {
      const record = await readRecord(files);
      if (record === null) throw new ContractError('NOT_FOUND', `${attached.path} is not attached any more.`);
      return deviceOf(files, await extendAttached(files, record, budget));
    });
  }

  async listAttached(): Promise<ListedAttachment[]> {
    const handles = await listHandles(this.#stateDirectory);
    return Promise.all(handles.map((handle) => listOne(filesOf(this.#stateDirectory, handle), handle)));
  }

  async #ownName(): Promise<string> {
    return readInitiatorName({
      ...(this.#initiatorName !== undefined && { initiatorName: this.#initiatorName }),
      files: [INITIATOR_NAME_FILE, this.#nameFile],
      createIn: this.#nameFile,
    });
  }

  /** The attachment that is there already and works; what is there but broken is cleaned up. */
  async #existing(files: AttachmentFiles, proven: ProvenLun): Promise<AttachedDevice | null> {
    const record = await readRecord(files).catch(() => null);
    if (record !== null && (await isUsable(files, record)) && record.size === proven.facts.size) {
      return deviceOf(files, record);
    }
    if (record !== null && record.phase === 'attached' && (await isUsable(files, record))) {
      throw new ContractError(
        'DEVICE_UNAVAILABLE',
        `${describe(proven.address)} is attached with ${record.size} bytes and now has ${proven.facts.size}: extend or detach it first.`,
      );
    }
    await takeAway(files, new Budget({}, DISCONNECT_MS), true);
    return null;
  }
}

async function isUsable(files: AttachmentFiles, record: AttachmentRecord): Promise<boolean> {
  return (
    record.phase === 'attached' &&
    record.daemon !== null &&
    (await processRuns(record.daemon)) &&
    (await isMounted(files.disk))
  );
}

async function listOne(files: AttachmentFiles, handle: string): Promise<ListedAttachment> {
  const record = await readRecord(files).catch(() => null);
  if (await isLocked(files.lock))
    return { handle, target: record?.address ?? null, state: 'busy', device: null };
  if (record === null || !(await isUsable(files, record))) {
    return { handle, target: record?.address ?? null, state: 'broken', device: null };
  }
  return { handle, target: record.address, state: 'attached', device: deviceOf(files, record) };
}

function deviceOf(files: AttachmentFiles, record: AttachmentRecord): AttachedDevice {
  return {
    connector: 'userland',
    path: record.loop ?? files.disk,
    type: record.loop === null ? 'file' : 'block',
    identity: record.identity,
    size: record.size,
    readOnly: record.readOnly,
    discard: record.discard,
    handle: record.handle,
  };
}

function iscsiData(info: ConnectionInfo): IscsiConnectionData {
  if (info.driver_volume_type === 'iscsi') return info.data;
  throw new ContractError(
    'INVALID_CONNECTOR',
    `The userland connector attaches iscsi volumes, not ${info.driver_volume_type}.`,
  );
}

/** Unlike attachments, the name of a host outlives a reboot: access lists and records go by it. */
function defaultNameFile(): string {
  const base =
    process.geteuid?.() === 0
      ? '/var/lib'
      : (process.env['XDG_STATE_HOME'] ?? join(homedir(), '.local/state'));
  return join(base, 'scoria', NAME_FILE);
}
