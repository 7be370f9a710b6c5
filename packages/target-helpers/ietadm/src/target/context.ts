import type { IetFiles } from '../conf/files.ts';
import type { Ietadm } from '../ietadm/client.ts';
import { type ShownTarget, showTargets } from '../proc/showTargets.ts';

/** What all work on targets needs. */
export interface IetContext {
  readonly ietadm: Ietadm;
  readonly files: IetFiles;
  /** Where the kernel module shows its targets. */
  readonly proc: string;
  /** Largest target id that is ours to take (`iscsi_num_targets`). */
  readonly maxTid: number;
  /** Ids that this process is about to take. */
  readonly proposed: Set<number>;
}

/** A target as it is by now. @throws ContractError BACKEND_UNAVAILABLE */
export async function showTarget({ proc }: IetContext, iqn: string): Promise<ShownTarget | undefined> {
  return (await showTargets(proc)).get(iqn);
}
