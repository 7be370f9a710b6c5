import type { KeyedMutex } from '@scoria/driver-sdk';
import { type LvmProgram, lvm } from './lvm/lvm.ts';
import type { LvmStoreOptions } from './options.ts';
import type { LvFacts } from './report/facts.ts';
import type { GroupFacts } from './report/readGroup.ts';
import type { VolumesReader } from './report/readVolumes.ts';

/** A store that is set up: what every operation works with. */
export interface Ground {
  readonly options: LvmStoreOptions;
  /** The group as it was at the start; what of it changes is read anew. */
  readonly group: GroupFacts;
  readonly owner: string;
  /** What new volumes are. Those that exist are what they are. */
  readonly type: 'thick' | 'thin';
  readonly pool: string;
  readonly reader: VolumesReader;
  readonly mutex: KeyedMutex;
}

/** What is in the group now. */
export function volumesOf({ reader }: Ground): Promise<LvFacts[]> {
  return reader.read();
}

/** The name by which commands know a volume. */
export function fullName({ group }: Ground, lvName: string): string {
  return `${group.name}/${lvName}`;
}

/**
 * Changes the group. One command of this process at a time: LVM's own lock would let no second one in, and each that waits for it is a
 * process. What the command did is read back by whoever calls.
 *
 * @throws CommandError
 */
export async function change(
  { mutex }: Ground,
  program: LvmProgram,
  args: readonly (string | number)[],
): Promise<void> {
  await mutex.run(['\0group'], () => lvm(program, args));
}
