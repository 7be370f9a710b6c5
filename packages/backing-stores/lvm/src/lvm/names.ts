import { createHash } from 'node:crypto';
import { backendNameSchema, ContractError } from '@scoria/driver-sdk';

/** What a logical volume of the store is. */
export type Kind = 'volume' | 'snapshot';

/** device-mapper takes 127 characters, and LVM appends its own to those of the layers below a volume (`-real`, `_tdata`). */
const MAX_DEVICE_NAME = 127 - 16;

/** Names that LVM keeps for itself (lvm(8), VALID NAMES). */
const reserved =
  /^(snapshot|pvmove)|_(cdata|cmeta|corig|cvol|iorig|imeta|mimage|mlog|pmspare|rimage|rmeta|tdata|tmeta|vdata|vorigin|wcorig)/;

/**
 * The name of the logical volume of an object: its own; a snapshot's has an underscore before it, as the original has it (targets.md §3).
 * One that LVM would not take is replaced by a digest, with two underscores; the whole name is in a tag in any case.
 */
export function lvNameOf(group: string, kind: Kind, name: string): string {
  const plain = kind === 'volume' ? name : `_${name}`;
  if (!reserved.test(plain) && deviceNameOf(group, plain).length <= MAX_DEVICE_NAME) return plain;
  return `__${kind}-${createHash('sha256').update(name).digest('hex').slice(0, 32)}`;
}

/** The name of a volume's device: dashes are doubled on both sides of the one that divides (targets.md §3). */
export function deviceNameOf(group: string, lvName: string): string {
  return `${group.replaceAll('-', '--')}-${lvName.replaceAll('-', '--')}`;
}

/** Whether a text can be the name of a logical volume that somebody else made (lvm(8), VALID NAMES). */
export function isLvName(text: string): boolean {
  return /^[A-Za-z0-9_+.][A-Za-z0-9_+.-]{0,126}$/.test(text) && text !== '.' && text !== '..';
}

/** @throws ContractError INVALID_ARGUMENT when it is not a backend name */
export function requireName(kind: Kind, name: string): void {
  const parsed = backendNameSchema.safeParse(name);
  if (parsed.success) return;
  const shown = JSON.stringify(name.length > 140 ? `${name.slice(0, 140)}…` : name);
  throw new ContractError(
    'INVALID_ARGUMENT',
    `${shown} is not a ${kind} name: ${parsed.error.issues[0]?.message ?? 'unsafe'}`,
  );
}
