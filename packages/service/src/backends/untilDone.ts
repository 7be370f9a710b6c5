import { ContractError, type OperationResult } from '@scoria/core/contract';
import type { DataMover } from '@scoria/data-mover';
import type { BackendIo } from './backendIo.ts';
import { runDoomed, type WorkContext, type WorkProgress } from './runWork.ts';

/**
 * Deletes what may first have to be wiped: the driver names the work, keeps the object meanwhile, and frees it when it is asked again
 * with `workDone`. Until it is gone its space is not used again, and its destination stays marked: it is good for nothing any more.
 *
 * @param remove asks the driver; the two kinds of requests must have ids of their own.
 * @throws ContractError INVALID_RESULT for a driver that names work again
 */
export async function untilDone(
  { mover }: { readonly mover: Pick<DataMover, 'copy' | 'wipe'> },
  { marks, ...context }: WorkContext,
  remove: (workDone: boolean) => Promise<OperationResult<'deleteVolume'>>,
  io: BackendIo,
  onProgress?: (progress: WorkProgress) => void,
): Promise<void> {
  const { work } = await remove(false);
  if (work.length === 0) {
    // An earlier run was killed after the driver had freed it.
    await marks.forgetDoomed();
    return;
  }
  await runDoomed(mover, work, { ...context, marks }, (_, progress) => onProgress?.(progress), io);
  const again = await remove(true);
  if (again.work.length > 0)
    throw new ContractError('INVALID_RESULT', 'the driver names the same work again after it was done');
  for (const piece of work) await marks.clean(piece);
}
