import { ServiceError } from '../model/index.ts';
import type { Tables } from '../state/index.ts';

const unfinished = {
  copy: { by: 'a copy', remedy: 'delete it' },
  wipe: { by: 'a wipe', remedy: 'delete it' },
  restore: { by: 'a restore', remedy: 'restore a backup onto it again, or delete it' },
  image: { by: 'the writing of an image', remedy: 'write an image over it again, or delete it' },
} as const;
const errors = { volume: 'InvalidVolume', snapshot: 'InvalidSnapshot' } as const;

/**
 * Bytes that an operation left half copied or half wiped are not good because somebody says so.
 *
 * @throws ServiceError InvalidVolume, InvalidSnapshot
 */
export async function refuseUnfinished(
  { dirty }: Pick<Tables, 'dirty'>,
  { kind, id }: { readonly kind: keyof typeof errors; readonly id: string },
): Promise<void> {
  const [left] = await dirty.ofObject(id);
  if (left === undefined) return;
  const { by, remedy } = unfinished[left.kind];
  throw new ServiceError(
    errors[kind],
    `${kind} ${id} holds what ${by} has left unfinished (${left.durableBytes} of ${left.length} bytes): ${remedy}`,
  );
}
