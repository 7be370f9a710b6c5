import { isContractError, withSecondary } from '@scoria/core/contract';
import type { AttachedDevice } from '@scoria/initiator';
import { everythingHeld } from './heldHere.ts';

/**
 * Takes away every broken attachment of this host; those that work are left alone. One that stays does not keep the others.
 *
 * @returns what was taken away
 * @throws ContractError naming what is still there
 */
export async function cleanBroken(timeoutSeconds: number): Promise<string[]> {
  const cleaned: string[] = [];
  const failures: unknown[] = [];
  for (const { initiator, listed } of await everythingHeld()) {
    if (listed.state !== 'broken') continue;
    // Of a broken attachment only its handle counts.
    const remains: AttachedDevice = {
      connector: initiator.name,
      handle: listed.handle,
      path: '/dev/null',
      type: 'file',
      identity: { type: 'serial', serial: '-' },
      size: 0,
      readOnly: false,
      discard: false,
    };
    try {
      await initiator.disconnect(remains, { force: true, deadlineMs: timeoutSeconds * 1000 });
    } catch (error) {
      failures.push(error);
      continue;
    }
    const { target } = listed;
    cleaned.push(target === null ? listed.handle : `LUN ${target.lun} of ${target.iqn}`);
  }
  const [first, ...others] = failures;
  if (isContractError(first)) throw withSecondary(first, others);
  if (first !== undefined) throw first;
  return cleaned;
}
