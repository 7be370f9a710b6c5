import { type Bytes, bytes, bytesToGibCeil } from '@scoria/core/contract';
import type { LifecycleDependencies } from '../dependencies.ts';
import type { Operation } from '../journal/index.ts';
import { type RequestContext, ServiceError } from '../model/index.ts';
import { requireVolume } from './access.ts';
import { claimVolume } from './claimVolume.ts';
import type { ExtendVolumeArguments } from './extendVolumeOperation.ts';
import { checkLimits } from './limits.ts';

/** Starts to grow a volume. @throws ServiceError InvalidInput unless it grows; InvalidVolume in another status. */
export async function extendVolume(
  deps: LifecycleDependencies,
  operation: Operation<ExtendVolumeArguments, void>,
  context: RequestContext,
  id: string,
  newSize: Bytes,
  { allowInUse }: { readonly allowInUse: boolean },
): Promise<void> {
  const { state, journal, backends } = deps;
  const volume = await requireVolume(state, context, id);
  if (newSize <= volume.size)
    throw new ServiceError(
      'InvalidInput',
      `volume ${id} has ${bytesToGibCeil(volume.size)} GiB; the new size must be larger, not ${bytesToGibCeil(newSize)} GiB: volumes never shrink`,
    );
  await checkLimits(deps, volume, { volumes: 0, more: bytes(newSize - volume.size) });
  const backend = volume.host === null ? null : backends.ofHost(volume.host);
  if (backend?.serves === true && !backend.implements('extendVolume'))
    throw new ServiceError(
      'InvalidVolume',
      `volume ${id} is on backend ${backend.name}, whose driver cannot extend volumes`,
    );
  await journal.begin(operation, context.requestId, async (tables) => {
    const claimed = await claimVolume(tables, id, allowInUse ? 'extendInUse' : 'extend', {
      when: ['no-moment', ...(allowInUse ? [] : (['no-attachments'] as const))],
    });
    if (newSize <= claimed.size)
      throw new ServiceError(
        'InvalidInput',
        `volume ${id} has grown to ${bytesToGibCeil(claimed.size)} GiB meanwhile`,
      );
    // Again, now that nothing can come between.
    const more = bytes(newSize - claimed.size);
    await checkLimits({ state: tables, settings: deps.settings }, claimed, { volumes: 0, more });
    return { objectId: id, args: { volumeId: id, newSize }, value: undefined };
  });
}
