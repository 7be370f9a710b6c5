import { ContractError, type InitiatorAccess } from '@scoria/driver-sdk';
import { sameIscsiName } from '@scoria/target-kit';
import { ioModeOf, type TargetRecord } from '../record.ts';
import { removeAccounts, renewAccounts } from './accounts.ts';
import { type IetContext, showTarget } from './context.ts';
import { discrepancies } from './ensure.ts';
import { replaceLun } from './lun.ts';

const refused = (why: string) => new ContractError('TARGET_ATTACH_FAILED', why);

/** The record with this access. @throws ContractError TARGET_ATTACH_FAILED when IET cannot give such rights side by side */
function withAccess(
  record: TargetRecord,
  given: InitiatorAccess,
  existing: InitiatorAccess | undefined,
): TargetRecord {
  const others = record.access.filter((each) => each !== existing);
  if (others.some((each) => (each.chap === null) !== (given.chap === null)))
    throw refused('IET asks all initiators of a target for CHAP, or none');
  if (others.some((each) => each.readOnly !== given.readOnly))
    throw refused(
      `${record.iqn} is used ${given.readOnly ? 'for writing' : 'read-only'} already: IET has no rights per initiator`,
    );
  return { ...record, access: [...others, given] };
}

/**
 * Gives one initiator access, its name last. One that has access keeps its credentials, whatever `access` says. The caller keeps other work on
 * the target out.
 *
 * @param chap whether initiators are asked for credentials
 * @returns the access with the credentials that hold
 * @throws IetError; ContractError TARGET_NOT_FOUND, TARGET_ATTACH_FAILED
 */
export async function grantAccess(
  context: IetContext,
  iqn: string,
  access: InitiatorAccess,
  { chap }: { readonly chap: boolean },
): Promise<InitiatorAccess> {
  const { files } = context;
  const stored = await files.read(iqn);
  const shown = await showTarget(context, iqn);
  if (!shown || !stored || stored === 'foreign')
    throw new ContractError('TARGET_NOT_FOUND', `there is no target ${iqn}: export it first`);
  const existing = stored.access.find((each) => sameIscsiName(each.initiator, access.initiator));
  const given: InitiatorAccess = existing
    ? { ...existing, readOnly: access.readOnly }
    : { ...access, chap: chap ? access.chap : null };
  const desired = withAccess(stored, given, existing);
  if ((await discrepancies(context, desired, shown)).length === 0) {
    await files.write(desired);
    return given;
  }
  const changesMode = ioModeOf(desired) !== shown.luns.find((each) => each.lun === stored.lun)?.ioMode;
  if (changesMode && shown.sessions.length > 0)
    throw refused(`${iqn} is in use: IET cannot make it ${given.readOnly ? 'read-only' : 'writable'}`);
  const others = stored.access.filter((each) => each !== existing).map((each) => each.initiator);
  const names = [...others, given.initiator];
  try {
    await files.allow(iqn, others);
    await files.write(desired);
    if (changesMode) await replaceLun(context, shown, desired);
    await renewAccounts(context, shown.tid, [given]);
    await files.allow(iqn, names);
    const after = await showTarget(context, iqn);
    const wrong = after ? await discrepancies(context, desired, after) : ['it is gone'];
    if (wrong.length > 0) throw refused(`reading ${iqn} back: ${wrong.join('; ')}`);
  } catch (error) {
    // An access that nobody was told of is none; one that was there before stays on record.
    await files.allow(iqn, others);
    await files.write(stored);
    if (!existing) await removeAccounts(context, shown.tid, [given]);
    throw error;
  }
  return given;
}
