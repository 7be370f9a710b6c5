import { ContractError, type OperationResult } from '@scoria/core/contract';
import { z } from 'zod';
import type { RunContext } from '../journal/index.ts';
import type { VolumeRecord } from '../model/index.ts';
import type { State } from '../state/index.ts';

/** What the journal keeps of a volume that is being made. */
export const createVolumeArguments = z.object({
  volumeId: z.string(),
  source: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('blank') }),
    z.object({ kind: z.literal('snapshot'), id: z.string() }),
    z.object({ kind: z.literal('volume'), id: z.string() }),
    z.object({ kind: z.literal('image'), id: z.string() }),
  ]),
  /** Whether a backend has been chosen already, when the request was accepted. */
  placed: z.boolean(),
  /** `host@backend#pool` that an administrator asked for. */
  pinned: z.string().nullable(),
  /**
   * Of a source that was in use when the request was accepted: the snapshot to take where it cannot be cloned at once. Entries of
   * earlier versions have none.
   */
  moment: z.object({ snapshotId: z.string() }).nullable().default(null),
});
export type CreateVolumeArguments = z.infer<typeof createVolumeArguments>;
/** One run of it. */
export type CreateVolumeContext = RunContext<CreateVolumeArguments>;

/** What the driver has made. */
export interface Created extends OperationResult<'createVolume'> {
  /** Whether nothing of its source is in it, so that the service has to fill it. */
  readonly isBlank: boolean;
}

/** A volume that the operation works on. @throws ContractError NOT_FOUND */
export async function existingVolume(state: State, id: string): Promise<VolumeRecord> {
  const volume = await state.volumes.find(id);
  if (volume === undefined) throw new ContractError('NOT_FOUND', `the record of volume ${id} is gone`);
  return volume;
}
