import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ContractError } from '@scoria/driver-sdk';
import { parseSessions, parseVolumes, type ShownLun, type ShownSession } from './parse.ts';

/** A target as the kernel module shows it. */
export interface ShownTarget {
  readonly tid: number;
  readonly iqn: string;
  readonly luns: readonly ShownLun[];
  readonly sessions: readonly ShownSession[];
}

/**
 * All targets of the kernel module, by IQN. That it cannot be asked is an error, and no empty list (D27).
 *
 * @throws ContractError BACKEND_UNAVAILABLE when the module is not loaded; ProcSyntaxError
 */
export async function showTargets(root: string): Promise<Map<string, ShownTarget>> {
  const read = async (name: string) => {
    try {
      return await readFile(join(root, name), 'utf8');
    } catch (cause) {
      throw new ContractError(
        'BACKEND_UNAVAILABLE',
        `${join(root, name)} cannot be read: IET's kernel module (iscsi_trgt) is not loaded`,
        { cause },
      );
    }
  };
  const [volumes, sessions] = [parseVolumes(await read('volume')), parseSessions(await read('session'))];
  const sessionsOf = new Map(sessions.map((each) => [each.iqn, each.sessions]));
  return new Map(volumes.map((each) => [each.iqn, { ...each, sessions: sessionsOf.get(each.iqn) ?? [] }]));
}
