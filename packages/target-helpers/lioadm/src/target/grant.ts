import { ContractError, type InitiatorAccess } from '@scoria/driver-sdk';
import { sameIscsiName } from '@scoria/target-kit';
import { showAcl } from '../kernel/showTarget.ts';
import { allow, disallow } from './acl.ts';
import { aclMatches } from './compare.ts';
import type { TargetContext } from './context.ts';
import { heldAccess, showOurs } from './ensure.ts';

/**
 * Gives one initiator access. One that has access keeps its credentials, whatever `access` says. The caller keeps other work on the target out.
 *
 * @returns the access with the credentials that hold
 * @throws LioError; ContractError TARGET_NOT_FOUND, TARGET_ATTACH_FAILED
 */
export async function grantAccess(
  context: TargetContext,
  iqn: string,
  name: string,
  access: InitiatorAccess,
): Promise<InitiatorAccess> {
  const { fs, saved, owner } = context;
  const shown = await showOurs(context, iqn, name);
  const [lun] = shown?.luns ?? [];
  if (!shown || !lun)
    throw new ContractError('TARGET_NOT_FOUND', `there is no target ${iqn}: export ${name} first`);
  const acl = shown.acls.find((each) => sameIscsiName(each.initiator, access.initiator));
  const given = acl ? keeping(access, acl.initiator, await heldAccess(context, shown)) : access;
  const isDone = (each: typeof acl) =>
    each !== undefined && aclMatches({ lun: lun.lun, access: [given] }, each);
  const subject = { iqn, backstoreName: owner.backstoreName(name) };
  if (isDone(acl)) {
    await saved.save(subject);
    return given;
  }
  try {
    await allow(fs, iqn, lun.lun, given, acl);
    if (!isDone(await showAcl(fs, iqn, acl?.initiator ?? given.initiator)))
      throw new ContractError('TARGET_ATTACH_FAILED', `reading ${iqn} back: the access is not as asked for`);
    await saved.save(subject);
  } catch (error) {
    // An access that nobody was told of is none; one that was there before stays.
    if (!acl) await disallow(fs, iqn, given.initiator);
    throw error;
  }
  return given;
}

/** The access that is asked for, with the credentials that the initiator has. */
function keeping(
  access: InitiatorAccess,
  initiator: string,
  existing: readonly InitiatorAccess[],
): InitiatorAccess {
  const held = existing.find((each) => each.initiator === initiator);
  // An ACL that asks for credentials and has none lets nobody in: a half-made one.
  return held?.chap ? { ...access, initiator, chap: held.chap } : { ...access, initiator };
}
