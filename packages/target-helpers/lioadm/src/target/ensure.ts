import { ContractError, type InitiatorAccess, type TargetState } from '@scoria/driver-sdk';
import { deviceAt } from '@scoria/lio-kit';
import { type ShownTarget, showTarget } from '../kernel/showTarget.ts';
import { accessOf, type TargetRecord } from '../record.ts';
import { bring } from './bring.ts';
import { isOurs, type TargetContext } from './context.ts';
import { destroyTarget } from './destroy.ts';
import { toTargetState } from './state.ts';

/** A record whose access may be left to what there is. */
export type WantedTarget = Omit<TargetRecord, 'access'> & {
  readonly access?: readonly InitiatorAccess[] | undefined;
  /** Whom a target that is made lets in besides. */
  readonly authorised: readonly InitiatorAccess[];
};

/** Who has access: as the kernel has it, else as it was saved, else those who are authorised beforehand. */
async function accessFor(
  context: TargetContext,
  wanted: WantedTarget,
  shown: ShownTarget | undefined,
): Promise<readonly InitiatorAccess[]> {
  if (wanted.access) return wanted.access;
  if (shown) return heldAccess(context, shown);
  const record = (await context.saved.records()).find((each) => each.iqn === wanted.iqn);
  return record?.access ?? wanted.authorised;
}

/**
 * The access that a target's ACLs give. Credentials are those of the saved file where it has any: a process that was killed while it locked an initiator
 * out left others in the kernel, which nobody knows.
 */
export async function heldAccess({ saved }: TargetContext, shown: ShownTarget): Promise<InitiatorAccess[]> {
  const record = (await saved.records()).find((each) => each.iqn === shown.iqn);
  return shown.acls.map(({ initiator, chap, luns, authentication }) => ({
    initiator,
    readOnly: luns[0]?.readOnly ?? false,
    chap: (record && accessOf(record.access, initiator))?.chap ?? (authentication === false ? null : chap),
  }));
}

/**
 * A target of ours as it is. One that the kernel has lost, and the saved file has not, is brought back first, with the access that `lets` leaves of it.
 *
 * @returns undefined when there is none that is ours
 */
export async function showOurs(
  context: TargetContext,
  iqn: string,
  name: string,
  lets: (access: InitiatorAccess) => boolean = () => true,
): Promise<ShownTarget | undefined> {
  const shown = await showTarget(context.fs, iqn);
  if (shown) return (await isOurs(context, shown, name)) ? shown : undefined;
  const record = (await context.saved.records()).find((each) => each.iqn === iqn && each.name === name);
  if (!record) return undefined;
  await ensureTarget(context, { ...record, access: record.access.filter(lets), authorised: [] });
  return showTarget(context.fs, iqn);
}

/**
 * Ensures one target, in the kernel and in the saved file. The caller keeps other work on it out.
 *
 * @throws LioError; ContractError NOT_FOUND (no backing file), TARGET_CREATE_FAILED
 */
export async function ensureTarget(context: TargetContext, wanted: WantedTarget): Promise<TargetState> {
  const { fs, saved } = context;
  const device = await deviceAt(wanted.path);
  const shown = await showTarget(fs, wanted.iqn);
  if (shown && !(await isOurs(context, shown, wanted.name))) {
    throw new ContractError(
      'TARGET_CREATE_FAILED',
      `there is a target ${wanted.iqn} that is not of this backend: it is not touched`,
    );
  }
  const record: TargetRecord = { ...wanted, access: await accessFor(context, wanted, shown) };
  const after = await bring(fs, record, device, shown);
  try {
    await saved.save(record);
  } catch (error) {
    // What a reboot would forget is no export; one that was there before is somebody's.
    if (!shown) await destroyTarget(fs, after, { force: true });
    throw error;
  }
  return toTargetState(after, device.size);
}
