import { ContractError, type FibreChannelAccess, type FibreChannelExport } from '@scoria/driver-sdk';
import { type Device, deviceAt, findBackstore, removeBackstore, resizeBackstore } from '@scoria/lio-kit';
import type { ExportRecord } from '../record.ts';
import { allow, disallow } from './access.ts';
import { accessDifferences, lunDifferences } from './compare.ts';
import type { ExportContext } from './context.ts';
import { destroyExport, removeLun } from './destroyExport.ts';
import { addLun, makeExport } from './makeExport.ts';
import { type ShownExport, sessionsOf, showExport, toExport } from './showExport.ts';

/** A record whose access may be left to what there is. */
export type WantedExport = Omit<ExportRecord, 'access' | 'lun'> & {
  readonly access?: readonly FibreChannelAccess[] | undefined;
};

/**
 * Ensures one export, in the kernel and in the saved file. The caller keeps other work on it out.
 *
 * @returns the export as it was read back
 * @throws LioError; ContractError NOT_FOUND (no backing file), TARGET_CREATE_FAILED, NO_MORE_TARGETS
 */
export async function ensureExport(
  context: ExportContext,
  wanted: WantedExport,
): Promise<FibreChannelExport> {
  const { saved, owner } = context;
  const device = await deviceAt(wanted.path);
  const shown = await showExport(context, wanted.name);
  const recorded = await saved.record(wanted.name);
  const access =
    wanted.access ??
    (shown && shown.at.length > 0 ? (await toExport(wanted.name, shown)).access : recorded?.access) ??
    [];
  const record: ExportRecord = { ...wanted, access, lun: shown?.at[0]?.lun ?? recorded?.lun ?? null };
  const after = await bring(context, record, device, shown);
  try {
    await saved.save(owner.backstoreName(wanted.name));
  } catch (error) {
    // What a reboot would forget is no export; one that was there before is somebody's.
    if (!shown) await destroyExport(context, after);
    throw error;
  }
  return toExport(wanted.name, after);
}

async function bring(
  context: ExportContext,
  record: ExportRecord,
  device: Device,
  shown: ShownExport | undefined,
): Promise<ShownExport> {
  const { fs, owner, ports } = context;
  const { name, access } = record;
  const differences = shown ? lunDifferences(record, device, shown) : [];
  if (shown && differences.length === 0) {
    await amend(context, record, device, shown);
  } else {
    if (shown) await clearAway(context, name, shown, differences);
    // What an attempt that was killed left: no LUN has it, or removing it is refused.
    const leftover = await findBackstore(fs, owner.backstoreName(name));
    if (leftover) await removeBackstore(fs, leftover.path);
    await makeExport(context, record, device);
  }
  const after = await showExport(context, name);
  const left = after
    ? [...lunDifferences(record, device, after), ...accessDifferences(access, ports, after)]
    : ['it is not there'];
  if (after && left.length === 0) return after;
  // Made just now, and it came out different: nothing half-right is left behind.
  if (after && !shown) await destroyExport(context, after);
  throw new ContractError('TARGET_CREATE_FAILED', `reading the export of ${name} back: ${left.join('; ')}`);
}

async function clearAway(
  context: ExportContext,
  name: string,
  shown: ShownExport,
  differences: readonly string[],
): Promise<void> {
  if (sessionsOf(shown).length > 0) {
    throw new ContractError(
      'TARGET_CREATE_FAILED',
      `the export of ${name} is in use and differs: ${differences.join('; ')}`,
    );
  }
  await destroyExport(context, shown);
}

async function amend(
  context: ExportContext,
  { name, access }: ExportRecord,
  device: Device,
  shown: ShownExport,
): Promise<void> {
  const { fs, ports } = context;
  const { backstore, at } = shown;
  const lun = at[0]?.lun ?? 0;
  if (device.kind === 'file' && backstore.size !== null && backstore.size < device.size)
    await resizeBackstore(fs, backstore, device);
  for (const each of at) {
    const isWanted = ports.includes(each.port);
    // A port that somebody may use it by stays until nobody does.
    if (!isWanted && !each.access.some(({ loggedIn }) => loggedIn)) await removeLun(context, each);
  }
  for (const port of ports) {
    if (at.some((each) => each.port === port)) continue;
    if (!(await addLun(context, port, lun, backstore.path)))
      throw new ContractError(
        'TARGET_CREATE_FAILED',
        `LUN ${lun} of ${port} is not that of ${name}: it is not touched`,
      );
  }
  for (const port of ports) {
    const had = at.find((each) => each.port === port)?.access ?? [];
    for (const { wwpn } of had)
      if (!access.some((each) => each.wwpn === wwpn)) await disallow(context, port, lun, wwpn);
    for (const each of access) {
      const has = had.find(({ wwpn }) => wwpn === each.wwpn);
      if (!has?.isMapped || has.readOnly !== each.readOnly) await allow(context, port, lun, each, has);
    }
  }
}

/**
 * An export of ours as it is. One that the kernel has lost, and the saved file has not, is brought back first, with the access that `lets` leaves of it.
 *
 * @returns undefined when there is none
 */
export async function showOrRestore(
  context: ExportContext,
  name: string,
  lets: (access: FibreChannelAccess) => boolean = () => true,
): Promise<ShownExport | undefined> {
  const shown = await showExport(context, name);
  if (shown && shown.at.length > 0) return shown;
  const record = await context.saved.record(name);
  if (!record) return undefined;
  await ensureExport(context, { ...record, access: record.access.filter(lets) });
  return showExport(context, name);
}
