import { withSecondary } from '@scoria/core/contract';
import { asContractError } from '../journal/index.ts';
import type { VolumeRecord } from '../model/index.ts';
import type { AccessContext, OpenedVolume, VolumeAccess } from './volumeAccess.ts';

/** A volume to open, and what for. */
export interface Wanted {
  readonly volume: VolumeRecord;
  readonly mode: 'ro' | 'rw';
}

/**
 * Opens volumes one after the other, works with them, and closes every one of them in the same order, whatever became of the others
 * (contract.md D6); by force when the work did not finish.
 *
 * @throws ContractError the work's own error, what closing could not do beside it (D1); else the first error of closing
 */
export async function usingVolumes<Result>(
  access: VolumeAccess,
  wanted: readonly Wanted[],
  context: AccessContext,
  work: (opened: readonly OpenedVolume[]) => Promise<Result>,
): Promise<Result> {
  const opened: OpenedVolume[] = [];
  let outcome: { readonly result: Result } | { readonly error: unknown };
  try {
    for (const { volume, mode } of wanted) opened.push(await access.open(volume, mode, context));
    outcome = { result: await work(opened) };
  } catch (error) {
    outcome = { error };
  }
  const failures: unknown[] = [];
  for (const each of opened)
    await each.close({ force: 'error' in outcome }).catch((error: unknown) => failures.push(error));
  if ('error' in outcome) throw failures.length === 0 ? outcome.error : beside(outcome.error, failures);
  if (failures.length > 0) throw beside(failures[0], failures.slice(1));
  return outcome.result;
}

function beside(error: unknown, others: readonly unknown[]) {
  return withSecondary(
    asContractError(error),
    others.map((each) => {
      const { message, leftBehind } = asContractError(each);
      return leftBehind.length === 0 ? message : `${message} (left behind: ${leftBehind.join(', ')})`;
    }),
  );
}
