import { ContractError } from '@scoria/core/contract';
import { z } from 'zod';
import type { LifecycleDependencies } from '../dependencies.ts';
import { failureText, type Operation } from '../journal/index.ts';
import type { RequestContext } from '../model/index.ts';
import { requireVolume } from '../volumes/access.ts';
import { claimVolume } from '../volumes/claimVolume.ts';
import { settleVolume } from '../volumes/settleVolume.ts';
import { requireImage, requireRoom } from './imageForVolume.ts';
import { imageMetadataOf } from './imageMetadata.ts';
import { describeAgain, writeImage } from './writeImage.ts';

const argumentsSchema = z.object({
  volumeId: z.string(),
  imageId: z.string(),
  /** Whether it was reserved, and is so again afterwards. */
  reserved: z.boolean(),
});
export type ReimageVolumeArguments = z.infer<typeof argumentsSchema>;

const transitionOf = (reserved: boolean) => (reserved ? 'reimageReserved' : 'reimage');

/** Writes an image over a volume that is there. Never taken back, since what it held is gone: a restart writes it again. */
export function reimageVolumeOperation(deps: LifecycleDependencies): Operation<ReimageVolumeArguments, void> {
  return {
    kind: 'volume.reimage',
    args: argumentsSchema,
    onRestart: 'resume',
    steps: () => [
      {
        name: 'writeImage',
        async run(context) {
          const { volumeId, imageId } = context.args;
          const volume = await deps.state.volumes.find(volumeId);
          if (volume === undefined)
            throw new ContractError('NOT_FOUND', `the record of volume ${volumeId} is gone`);
          await writeImage(deps, imageId, volume, context);
          const metadata = imageMetadataOf(await describeAgain(deps, imageId, volume, context));
          return async (tables) => {
            await tables.volumeImageMetadata.replace(volumeId, metadata);
            await tables.volumes.update(volumeId, { bootable: true });
          };
        },
        async undo(context) {
          await deps.access.release(context.args.volumeId, context);
          return undefined;
        },
      },
    ],
    locks: ({ volumeId }) => [{ key: volumeId, mode: 'exclusive' }],
    async complete(tables, { args, entryId }) {
      await tables.dirty.forgetObject(args.volumeId, entryId);
      await settleVolume(tables, args.volumeId, transitionOf(args.reserved), 'ok', { failure: null });
    },
    abandon: (tables, { args }, error) =>
      settleVolume(tables, args.volumeId, transitionOf(args.reserved), 'failed', {
        failure: failureText(error),
      }),
  };
}

/** Begins to write an image over a volume. @throws ServiceError InvalidVolume, InvalidImage, ImageNotFound, ImagesNotConfigured */
export async function reimageVolume(
  deps: LifecycleDependencies,
  operation: Operation<ReimageVolumeArguments, void>,
  context: RequestContext,
  id: string,
  { imageId, reserved }: { readonly imageId: string; readonly reserved: boolean },
): Promise<void> {
  await requireVolume(deps.state, context, id);
  const image = await requireImage(deps.images, context, imageId);
  await deps.journal.begin(operation, context.requestId, async (tables) => {
    // Who has access may be writing; a clone that waits for its turn is of what is there now.
    const claimed = await claimVolume(tables, id, transitionOf(reserved), {
      when: ['no-connections', 'no-clone-under-way'],
    });
    requireRoom(image, claimed.size);
    return { objectId: id, args: { volumeId: id, imageId, reserved }, value: undefined };
  });
}
