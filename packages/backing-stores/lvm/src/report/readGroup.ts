import { ContractError } from '@scoria/driver-sdk';
import { lvm } from '../lvm/lvm.ts';
import { parseReport } from './parse.ts';
import { reportOf, vgColumns, vgRowSchema } from './schema.ts';

/** What LVM says of a volume group. Sizes in bytes. */
export interface GroupFacts {
  readonly name: string;
  readonly uuid: string;
  readonly size: number;
  readonly free: number;
  readonly extentSize: number;
  readonly volumes: number;
  readonly tags: readonly string[];
  /** A disk of it is missing. */
  readonly partial: boolean;
}

const schema = reportOf('vg', vgRowSchema);

/** What vgs(8) is asked. */
export function groupArguments(group: string): string[] {
  const form = ['--reportformat', 'json', '--units', 'b', '--nosuffix', '--binary'];
  return [...form, '--options', vgColumns, group];
}

/**
 * Reads the facts of the group.
 *
 * @throws CommandError when there is none of that name; ContractError BACKEND_UNAVAILABLE when it cannot be written
 */
export async function readGroup(group: string): Promise<GroupFacts> {
  return parseGroup(group, await lvm('vgs', groupArguments(group)));
}

/** The facts in a report of vgs(8). @throws ContractError BACKEND_ERROR, BACKEND_UNAVAILABLE */
export function parseGroup(group: string, text: string): GroupFacts {
  const [row, ...more] = parseReport('vgs', text, schema);
  if (row === undefined || more.length > 0 || row.vg_name !== group)
    throw new ContractError('BACKEND_ERROR', `vgs reported something else than the group ${group}`);
  if (row.vg_exported || row.vg_permissions !== 'writeable') {
    throw new ContractError(
      'BACKEND_UNAVAILABLE',
      `the volume group ${group} ${row.vg_exported ? 'is exported' : `is ${row.vg_permissions}`}: nothing can be changed in it`,
    );
  }
  return {
    name: row.vg_name,
    uuid: row.vg_uuid,
    size: row.vg_size,
    free: row.vg_free,
    extentSize: row.vg_extent_size,
    volumes: row.lv_count,
    tags: row.vg_tags,
    partial: row.vg_partial,
  };
}
