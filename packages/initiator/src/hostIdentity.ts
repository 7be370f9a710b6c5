import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { hostname, networkInterfaces } from 'node:os';
import { type Connector, ContractError, iscsiNameSchema } from '@scoria/core/contract';
import { writeFileAtomic } from './stateFile.ts';

/** Where a host's iSCSI name is kept; open-iscsi's own place. */
export const INITIATOR_NAME_FILE = '/etc/iscsi/initiatorname.iscsi';

/** How the iSCSI name of this host is found. */
export interface InitiatorNameSource {
  /** Given by configuration; wins over the files. */
  readonly initiatorName?: string;
  /** Files in open-iscsi's form (`InitiatorName=iqn…`), first one wins. */
  readonly files: readonly string[];
  /** File to make with a new name when none has one; null: never invent a name. */
  readonly createIn: string | null;
}

/**
 * The iSCSI name of this host. A name that had to be made is kept, so that access lists go on matching.
 *
 * @throws ContractError INVALID_CONNECTOR when there is none, or it is malformed
 */
export async function readInitiatorName(source: InitiatorNameSource): Promise<string> {
  if (source.initiatorName !== undefined) return checkName(source.initiatorName, 'the configuration');
  for (const file of source.files) {
    const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return null;
      throw new ContractError(
        'INVALID_CONNECTOR',
        `Cannot read the initiator name from ${file}: ${error.message}.`,
      );
    });
    const name = text === null ? undefined : /^\s*InitiatorName\s*=\s*(\S+)\s*$/m.exec(text)?.[1];
    if (name !== undefined) return checkName(name, file);
  }
  if (source.createIn === null) {
    throw new ContractError(
      'INVALID_CONNECTOR',
      `This host has no iSCSI name: none of ${source.files.join(', ')} names one. Install open-iscsi, or write InitiatorName=iqn.… there.`,
    );
  }
  const name = `iqn.2016-04.io.scoria:${randomBytes(6).toString('hex')}`;
  await writeFileAtomic(source.createIn, `InitiatorName=${name}\n`);
  return name;
}

/** What this host says about itself as an initiator (contract.md §2). */
export function hostConnector(initiator: string): Connector {
  return {
    initiator,
    host: hostname(),
    ip: primaryAddress(),
    multipath: false,
    os_type: process.platform,
    platform: process.arch === 'x64' ? 'x86_64' : process.arch,
  };
}

function primaryAddress(): string {
  const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  const outside = addresses.filter((address) => !address.internal);
  return (outside.find((address) => address.family === 'IPv4') ?? outside[0])?.address ?? '127.0.0.1';
}

function checkName(name: string, where: string): string {
  const parsed = iscsiNameSchema.safeParse(name);
  if (parsed.success) return parsed.data;
  throw new ContractError(
    'INVALID_CONNECTOR',
    `"${name}" in ${where} is not an iSCSI name (iqn.YYYY-MM.domain:name).`,
  );
}
