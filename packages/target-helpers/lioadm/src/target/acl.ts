import { ContractError, type InitiatorAccess } from '@scoria/driver-sdk';
import { type Configfs, isLioError, LINK, numberOf } from '@scoria/lio-kit';
import { randomWord } from '@scoria/target-kit';
import { aclPath, lunPath } from '../kernel/layout.ts';
import type { ShownAcl } from '../kernel/showTarget.ts';

const PASSWORD_LENGTH = 16;
const USERNAME_LENGTH = 20;

/**
 * Lets an initiator in: the LUN and its rights first, what it logs in with last, so that it never has more than it should. An ACL that is there is
 * brought to `access`.
 *
 * @throws LioError; ContractError INVALID_ARGUMENT when this kernel asks everybody for CHAP
 */
export async function allow(
  fs: Configfs,
  iqn: string,
  lun: number,
  access: InitiatorAccess,
  shown?: ShownAcl,
): Promise<void> {
  const path = aclPath(iqn, shown?.initiator ?? access.initiator);
  await fs.makeDirectory(path);
  for (const each of shown?.luns ?? []) {
    if (each.lun !== lun || each.tpgLun !== lun) await unmap(fs, path, each.lun);
  }
  await fs.makeDirectory(`${path}/lun_${lun}`);
  const isMapped = shown?.luns.some((each) => each.lun === lun && each.tpgLun === lun) ?? false;
  if (!isMapped) await fs.link(`${path}/lun_${lun}/${LINK}`, lunPath(iqn, lun));
  await fs.write(`${path}/lun_${lun}/write_protect`, access.readOnly ? '1' : '0');
  const { chap } = access;
  if (chap === null) {
    await setAuthentication(fs, path, '0');
    return;
  }
  await fs.write(`${path}/auth/userid`, chap.username);
  await fs.write(`${path}/auth/password`, chap.password);
  // -1: as the portal group, which asks for CHAP.
  if (shown?.authentication !== undefined) await fs.write(`${path}/attrib/authentication`, '-1');
}

async function setAuthentication(fs: Configfs, path: string, value: '0' | '1'): Promise<void> {
  try {
    await fs.write(`${path}/attrib/authentication`, value);
  } catch (cause) {
    if (!isLioError(cause, 'ABSENT')) throw cause;
    throw new ContractError(
      'INVALID_ARGUMENT',
      "this kernel's LIO cannot let single initiators in without CHAP (Linux 6.1 can): give credentials",
      { cause },
    );
  }
}

/**
 * Keeps an initiator from logging in while its sessions stay: its credentials are replaced by some that nobody knows.
 *
 * @returns what lets it in again
 */
export async function lockOut(fs: Configfs, iqn: string, acl: ShownAcl): Promise<() => Promise<void>> {
  const path = aclPath(iqn, acl.initiator);
  await fs.write(`${path}/auth/password`, randomWord(PASSWORD_LENGTH));
  if (acl.chap === null) await fs.write(`${path}/auth/userid`, randomWord(USERNAME_LENGTH));
  if (acl.authentication === false) await setAuthentication(fs, path, '1');
  return async () => {
    if (acl.authentication === false) await setAuthentication(fs, path, '0');
    await fs.write(`${path}/auth/userid`, acl.chap?.username ?? 'NULL');
    await fs.write(`${path}/auth/password`, acl.chap?.password ?? 'NULL');
  };
}

/** Takes an initiator's LUNs and its ACL away; the kernel ends its sessions with it. Absent is success. @throws LioError */
export async function disallow(fs: Configfs, iqn: string, initiator: string): Promise<void> {
  const path = aclPath(iqn, initiator);
  for (const { name, kind } of await fs.list(path)) {
    const lun = numberOf(name, 'lun_');
    if (kind === 'directory' && lun !== null) await unmap(fs, path, lun);
  }
  await fs.removeDirectory(path);
}

async function unmap(fs: Configfs, path: string, lun: number): Promise<void> {
  for (const { name, kind } of await fs.list(`${path}/lun_${lun}`)) {
    if (kind === 'link') await fs.unlink(`${path}/lun_${lun}/${name}`);
  }
  await fs.removeDirectory(`${path}/lun_${lun}`);
}
