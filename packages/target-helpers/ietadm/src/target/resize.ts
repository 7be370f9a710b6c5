import { ContractError } from '@scoria/driver-sdk';
import { backingAt } from './backing.ts';
import { type IetContext, showTarget } from './context.ts';
import { lunDifferences, replaceLun } from './lun.ts';
import { dropSessions } from './sessions.ts';

/**
 * Makes the LUN show the size of what is behind it. IET looks at it once, when the LUN is made, and fails commands to a LUN that is not
 * there; so connections are broken first, and the LUN is made anew before initiators are back, who repeat their commands.
 *
 * @returns bytes
 * @throws IetError; ContractError TARGET_NOT_FOUND, TARGET_DETACH_FAILED, BACKEND_ERROR
 */
export async function resizeLun(context: IetContext, iqn: string): Promise<number> {
  const record = await context.files.read(iqn);
  const before = await showTarget(context, iqn);
  if (!before || !record || record === 'foreign')
    throw new ContractError('TARGET_NOT_FOUND', `there is no target ${iqn}`);
  const { size } = await backingAt(record.path);
  const shownSize = before.luns.find((each) => each.lun === record.lun)?.size ?? null;
  if (shownSize !== null && lunDifferences(record, before, size).length === 0) return size;
  if (before.sessions.length > 0) await dropSessions(context, iqn, null);
  await replaceLun(context, before, record);
  const after = await showTarget(context, iqn);
  const wrong = after ? lunDifferences(record, after, size) : ['it is gone'];
  if (wrong.length > 0) throw new ContractError('BACKEND_ERROR', `reading ${iqn} back: ${wrong.join('; ')}`);
  return size;
}
