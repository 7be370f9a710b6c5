import type { NewLun } from '../ietadm/client.ts';
import type { ShownTarget } from '../proc/showTargets.ts';
import { ioModeOf, type TargetRecord } from '../record.ts';
import type { IetContext } from './context.ts';

/** The LUN that a record asks for. */
export const lunOf = (record: TargetRecord): NewLun => ({
  path: record.path,
  ioType: record.ioType,
  ioMode: ioModeOf(record),
  serial: record.serial,
});

/**
 * How a target's LUN differs from its record, in words; empty when it does not. IET does not show serials; the size is compared where it
 * is shown.
 */
export function lunDifferences(record: TargetRecord, shown: ShownTarget, size?: number): string[] {
  const differences = shown.luns
    .filter((each) => each.lun !== record.lun)
    .map((each) => `there is a LUN ${each.lun} too`);
  const lun = shown.luns.find((each) => each.lun === record.lun);
  if (!lun) return [...differences, `LUN ${record.lun} is missing`];
  const wanted = lunOf(record);
  const check = (what: string, is: unknown, should: unknown) => {
    if (is !== should) differences.push(`${what} is ${is}, not ${should}`);
  };
  check('the backing file', lun.path, wanted.path);
  check('the type', lun.ioType, wanted.ioType);
  check('the mode', lun.ioMode, wanted.ioMode);
  if (size !== undefined && lun.size !== null) check('the size', lun.size, size - (size % 512));
  return differences;
}

/** Makes the target have this LUN and no other. Nobody may be using it. @throws IetError */
export async function replaceLun(
  { ietadm }: IetContext,
  shown: ShownTarget,
  record: TargetRecord,
): Promise<void> {
  for (const { lun } of shown.luns) await ietadm.deleteLun(shown.tid, lun);
  await ietadm.createLun(shown.tid, record.lun, lunOf(record));
}
