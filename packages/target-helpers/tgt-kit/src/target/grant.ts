import { ContractError, type InitiatorAccess } from '@scoria/driver-sdk';
import { randomWord } from '@scoria/target-kit';
import { withAddressRule } from '../accessRules.ts';
import { sameRecord, type TargetRecord } from '../record.ts';
import { applyAccess } from './applyAccess.ts';
import { backingSize } from './backingFile.ts';
import { bring, discrepancies, isDone } from './bring.ts';
import { withAccess } from './desired.ts';
import type { EnsureContext } from './ensure.ts';

const USERNAME_LENGTH = 20;

/** The access to give: a stored one keeps its credentials; an account name that another target uses is replaced. */
function accessToGive(
  stored: TargetRecord,
  access: InitiatorAccess,
  boundElsewhere: (username: string) => readonly string[],
): InitiatorAccess {
  const existing = stored.access.find((each) => each.initiator === access.initiator);
  if (existing) return { ...existing, readOnly: access.readOnly };
  const { chap } = access;
  const isTaken =
    chap !== null &&
    (boundElsewhere(chap.username).length > 0 ||
      stored.access.some((each) => each.chap?.username === chap.username));
  return isTaken ? { ...access, chap: { ...chap, username: randomWord(USERNAME_LENGTH) } } : access;
}

/** tgt has one right for all initiators of a target: a promise to read only would be broken by another's right to write. */
function refuseMixedRights(stored: TargetRecord, access: InitiatorAccess): void {
  const other = stored.access.find(
    (each) => each.initiator !== access.initiator && each.readOnly !== access.readOnly,
  );
  if (other === undefined) return;
  const right = (readOnly: boolean) => (readOnly ? 'read-only' : 'for writing');
  throw new ContractError(
    'INVALID_VOLUME',
    `${other.initiator} has ${stored.name} ${right(other.readOnly)}, and tgt cannot give it to ${access.initiator} ${right(access.readOnly)}: use the same mode, or detach the other first`,
    { details: { initiator: other.initiator } },
  );
}

/**
 * Gives one initiator access. The caller keeps other work on the target out.
 *
 * @returns the access with the credentials that hold
 * @throws TgtError; ContractError TARGET_NOT_FOUND, TARGET_ATTACH_FAILED, INVALID_VOLUME (another has it in the other mode)
 */
export async function grantAccess(
  context: EnsureContext,
  iqn: string,
  name: string,
  access: InitiatorAccess,
): Promise<InitiatorAccess> {
  const stored = await context.confs.read(name);
  if (!stored || stored.iqn !== iqn) {
    throw new ContractError('TARGET_NOT_FOUND', `there is no target ${iqn}: export ${name} first`);
  }
  refuseMixedRights(stored, access);
  // What is granted is read back afterwards, so that a listing of the moment before (the export's own) will do.
  const before = await context.lister.recentIf((listing) => listing.has(iqn));
  const shown = before.target(iqn);
  const given = accessToGive(stored, access, (username) => before.boundElsewhere(username, iqn));
  const desired = withAddressRule(
    { ...stored, access: withAccess(stored.access, given) },
    await context.asksForBoth(),
  );
  const isRecorded = sameRecord(stored, desired);
  const plan = { desired, stored, shown };
  if (isRecorded && isDone(plan)) return given;
  if (!isRecorded) await context.confs.write(desired);
  try {
    const record = await bring({ ...context, before }, plan);
    if (record.tid !== desired.tid) await context.confs.write(record);
    const after = (await context.lister.fresh()).target(iqn);
    const differences = discrepancies(record, after, await backingSize(record.path));
    if (differences.length > 0) {
      throw new ContractError('TARGET_ATTACH_FAILED', `reading ${iqn} back: ${differences.join('; ')}`);
    }
    return given;
  } catch (error) {
    await takeBack(context, stored);
    throw error;
  }
}

/** Undoes a grant that failed half-way: file and daemon as they were. */
async function takeBack(context: EnsureContext, stored: TargetRecord): Promise<void> {
  await context.confs.write(stored);
  try {
    const before = await context.lister.fresh();
    const shown = before.target(stored.iqn);
    const readOnly = shown?.luns.find((each) => each.lun === stored.lun)?.readOnly ?? false;
    if (shown) await applyAccess({ ...context, before }, stored, { ...shown, readOnly }, new Set());
  } catch {
    // The daemon is gone or refuses everything: what it still knows is repaired by the next operation on this target, which
    // compares with the file. The first error is what the caller must see.
  }
}
