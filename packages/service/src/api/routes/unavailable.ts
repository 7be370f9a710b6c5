import { z } from 'zod';
import { Fault } from '../http/fault.ts';
import { type Action, action } from '../http/route.ts';

/** Says that a feature is known but not offered yet, and what to do instead. */
export function unavailable(what: string, instead: string): Fault {
  return new Fault(501, `${what} is not available yet: ${instead}.`);
}

const known: readonly [name: string, since: number, what: string, instead: string][] = [
  ['os-retype', 0, 'Changing the type of a volume', 'create a volume of the new type from this one'],
  ['os-migrate_volume', 0, 'Migrating a volume', 'create a volume from this one on the other backend'],
  ['os-migrate_volume_completion', 0, 'Migrating a volume', 'nothing has to be completed'],
  ['os-unmanage', 0, 'Unmanaging a volume', 'leave it managed'],
  ['revert', 40, 'Reverting a volume to a snapshot', 'create a volume from the snapshot'],
];

/** Actions on volumes that clients know and that are answered with 501 until their features exist. */
export const unavailableVolumeActions: readonly Action[] = known.map(([name, since, what, instead]) =>
  action({
    name,
    since,
    status: 501,
    summary: `${what}: not available yet`,
    argument: z.unknown(),
    handle: () => {
      throw unavailable(what, instead);
    },
  }),
);
