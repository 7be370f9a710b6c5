import type { Identity } from '@scoria/core/contract';
import type { RunContext } from '../journal/index.ts';
import type { VolumeRecord } from '../model/index.ts';

/** A volume whose bytes are reachable on this host. */
export interface OpenedVolume {
  readonly path: string;
  /** What the data mover can prove of `path`. */
  readonly identity: Identity;
  readonly sizeBytes: number;
  /** Whether all of it is proven to read as zero now: a file without a single block, say. */
  readonly isZero: boolean;
  /**
   * Takes the path away again: disconnect, revoke, un-export (contract.md §5.2). `force` goes past failing steps. Idempotent; after a
   * failure it may be called again. @throws ContractError; `leftBehind` names what is still there
   */
  close(options: { readonly force: boolean }): Promise<void>;
}

/** What opening a volume needs of the operation that does it, which holds the volume's lock. */
export type AccessContext = Pick<RunContext<unknown>, 'signal' | 'log' | 'driverRequestId' | 'run'>;

/** Makes volumes reachable for the service itself (contract.md §5): by their local path where the backend has one, else attached. */
export interface VolumeAccess {
  /**
   * Safe to repeat after a kill: what an earlier run left attached is taken over. Nothing is left behind on failure (D2-D5).
   *
   * @param mode what is intended; `rw` proves nothing about who else writes
   * @throws ContractError EXPORT_FAILURE, DEVICE_UNAVAILABLE, NOT_INITIALIZED, …
   */
  open(volume: VolumeRecord, mode: 'ro' | 'rw', context: AccessContext): Promise<OpenedVolume>;
  /**
   * Takes away what an earlier run of this service may have left attached of a volume, for an operation that is given up.
   * Idempotent. @throws ContractError as {@link OpenedVolume.close} with `force`
   */
  release(volumeId: string, context: AccessContext): Promise<void>;
}
