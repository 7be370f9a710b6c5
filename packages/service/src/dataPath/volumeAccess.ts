import type { Identity } from '@scoria/core/contract';
import type { RunContext } from '../journal/index.ts';
import type { VolumeRecord } from '../model/index.ts';

/** A volume whose bytes are reachable on this host. */
export interface OpenedVolume {
  readonly path: string;
  readonly identity: Identity;
  readonly sizeBytes: number;
  /** Takes the path away again: disconnect, revoke, un-export (contract.md §5.2). `force` goes past failing steps. Idempotent. @throws ContractError */
  close(options: { readonly force: boolean }): Promise<void>;
}

/** Makes volumes reachable for the service itself (contract.md §5): by their local path where the backend has one, else attached. */
export interface VolumeAccess {
  /**
   * Safe to repeat after a kill: what an earlier run left attached is taken over. Nothing is left behind on failure (D2-D5).
   *
   * @param mode what is intended; `rw` proves nothing about who else writes
   * @throws ContractError EXPORT_FAILURE, DEVICE_UNAVAILABLE, NOT_INITIALIZED, …
   */
  open(
    volume: VolumeRecord,
    mode: 'ro' | 'rw',
    context: Pick<RunContext<unknown>, 'signal' | 'log' | 'driverRequestId' | 'run'>,
  ): Promise<OpenedVolume>;
}
