import { open, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { type ConnectionInfo, type Connector, ContractError, type Identity } from '@scoria/core/contract';
import { promisedIdentity } from '../iscsi/proof.ts';
import type { AttachedDevice, DisconnectReport, InitiatorConnector, ListedAttachment } from '../model.ts';

/** Hands out paths that are on this host already (contract.md, targets.md §2.5). It holds nothing. */
export class LocalConnector implements InitiatorConnector {
  readonly name = 'local';

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
    if (
      promised.type !== 'inode' ||
      promised.dev !== String(facts.dev) ||
      promised.ino !== String(facts.ino)
    ) {
      throw new ContractError(
        'DEVICE_UNAVAILABLE',
        `${path} is inode ${facts.ino} of device ${facts.dev}, not what its export promised (${JSON.stringify(promised)}). Nothing was read or written.`,
      );
    }
    return {
      connector: 'local',
      path,
      type: facts.isBlockDevice() ? 'block' : 'file',
      identity: promised,
      size: facts.isBlockDevice() ? await sizeOfBlockDevice(path) : Number(facts.size),
      readOnly,
      discard: true,
      handle: path,
    };
  }
}

/** stat(2) gives zero for a block device: its size is in sysfs, in sectors of 512 bytes. */
async function sizeOfBlockDevice(path: string): Promise<number> {
  const facts = await stat(path);
  const major = Math.floor(facts.rdev / 256) & 0xfff;
  const minor = (facts.rdev & 0xff) | (Math.floor(facts.rdev / 4096) & 0xfff00);
  const file = await open(`/sys/dev/block/${major}:${minor}/size`, 'r');
  try {
    return Number((await file.readFile('utf8')).trim()) * 512;
  } finally {
    await file.close();
  }
}
