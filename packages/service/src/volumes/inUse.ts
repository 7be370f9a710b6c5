import { ContractError } from '@scoria/core/contract';
import type { VolumeRecord } from '../model/index.ts';
import type { Tables } from '../state/index.ts';

/** Whether somebody may be writing to it: who has access may, also one that was connected without an attachment. */
export async function isInUse(
  { connections }: Pick<Tables, 'connections'>,
  { id, attachStatus }: Pick<VolumeRecord, 'id' | 'attachStatus'>,
): Promise<boolean> {
  return attachStatus !== 'detached' || (await connections.ofVolume(id)).length > 0;
}

/** The refusal of a copy, which takes its time: of a volume that is written meanwhile it would be no point in time. */
export function copyInUse({ id }: Pick<VolumeRecord, 'id'>): ContractError {
  return new ContractError(
    'INVALID_VOLUME',
    `volume ${id} is in use, and a volume there is copied byte by byte, which gives no point in time: detach it first, or clone a snapshot`,
  );
}
