import type { BigIntStats } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { type ConnectionInfo, type Connector, ContractError, type Identity } from '@scoria/core/contract';
import { promisedIdentity } from '../iscsi/proof.ts';
import type { AttachedDevice, DisconnectReport, InitiatorConnector, ListedAttachment } from '../model.ts';

/** Options of the local connector. */
export interface LocalOptions {
  /** Mount point of sysfs. Default `/sys`. */
  readonly sysfsRoot?: string;
}

/** Hands out paths that are on this host already (contract.md, targets.md §2.5). It holds nothing. */
export class LocalConnector implements InitiatorConnector {
  readonly name = 'local';
  readonly #sysfsRoot: string;

  constructor({ sysfsRoot = '/sys' }: LocalOptions = {}) {
    this.#sysfsRoot = sysfsRoot;
  }

  async connectorProperties(): Promise<Connector> {
    return { host: hostname() };
  }

  async connect(connectionInfo: ConnectionInfo): Promise<AttachedDevice> {
    if (connectionInfo.driver_volume_type !== 'local') {
      throw new ContractError(
        'INVALID_CONNECTOR',
        `The local connector attaches local volumes, not ${connectionInfo.driver_volume_type}.`,
      );
    }
    const path = connectionInfo.data.device_path;
    return this.#look(path, promisedIdentity(connectionInfo), connectionInfo.data.access_mode === 'ro');
  }

  async disconnect(): Promise<DisconnectReport> {
    return { wasAttached: false, flushed: true, warnings: [] };
  }

  async extend(attached: AttachedDevice): Promise<AttachedDevice> {
    return this.#look(attached.path, attached.identity, attached.readOnly);
  }

  async listAttached(): Promise<ListedAttachment[]> {
    return [];
  }

  async #look(path: string, promised: Identity, readOnly: boolean): Promise<AttachedDevice> {
    const facts = await stat(path, { bigint: true }).catch((error: Error) => {
      throw new ContractError('VOLUME_DEVICE_NOT_FOUND', `Cannot look at ${path}: ${error.message}.`, {
        cause: error,
      });
    });
    const device = facts.isBlockDevice() ? join(this.#sysfsRoot, 'dev/block', numbersOf(facts.rdev)) : null;
    const shown = await identityOf(facts, device, promised);
    if (!isDeepStrictEqual(shown, promised)) {
      throw new ContractError(
        'DEVICE_UNAVAILABLE',
        `${path} is ${JSON.stringify(shown)}, not what its export promised (${JSON.stringify(promised)}). Nothing was read or written.`,
      );
    }
    return {
      connector: 'local',
      path,
      type: device === null ? 'file' : 'block',
      identity: promised,
      size: device === null ? Number(facts.size) : await sizeOfBlockDevice(device),
      readOnly,
      discard: true,
      handle: path,
    };
  }
}

/** A device-mapper device is known by its UUID, which a new one at the same path does not have; everything else by its inode. */
async function identityOf(
  facts: BigIntStats,
  device: string | null,
  { type }: Identity,
): Promise<Identity | null> {
  if (type === 'inode') return { type, dev: String(facts.dev), ino: String(facts.ino) };
  if (type !== 'dm' || device === null) return null;
  const uuid = await readFile(join(device, 'dm/uuid'), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
  return uuid.trim() === '' ? null : { type, uuid: uuid.trim() };
}

/** linux's encoding of a device number (glibc's gnu_dev_major and gnu_dev_minor). */
function numbersOf(dev: bigint): string {
  const major = ((dev >> 8n) & 0xfffn) | ((dev >> 32n) & ~0xfffn);
  const minor = (dev & 0xffn) | ((dev >> 12n) & ~0xffn);
  return `${major}:${minor}`;
}

/** stat(2) gives zero for a block device: its size is in sysfs, in sectors of 512 bytes. */
async function sizeOfBlockDevice(device: string): Promise<number> {
  return Number((await readFile(join(device, 'size'), 'utf8')).trim()) * 512;
}
