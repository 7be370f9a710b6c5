import { ContractError, isContractError } from '@scoria/core/contract';
import { z } from 'zod';
import { callDriver, driverCallOf, driverImplements, driverVolume, runWork } from '../backends/index.ts';
import { usingVolumes } from '../dataPath/index.ts';
import type { LifecycleDependencies } from '../dependencies.ts';
import { failureText, type Operation, type RunContext, type Step, tryEach } from '../journal/index.ts';
import type { VolumeRecord } from '../model/index.ts';
import { settleVolume } from '../volumes/settleVolume.ts';
import { inOperation } from './imageErrors.ts';
import { ownerOf } from './imageForVolume.ts';
import type { ImageWork } from './imageWork.ts';
import { describeAgain } from './writeImage.ts';

const argumentsSchema = z.object({
  volumeId: z.string(),
  /** On record at its source already, without bytes. */
  imageId: z.string(),
  diskFormat: z.enum(['raw', 'qcow2']),
  compress: z.boolean(),
});
export type UploadVolumeArguments = z.infer<typeof argumentsSchema>;
type Context = RunContext<UploadVolumeArguments>;

/**
 * Uploads a volume to an image that is on record (contract.md §6.3): by the driver where it can, else through the service. A restart
 * begins anew; a failure removes the half image, and the volume is what it was before (D23).
 */
export function uploadVolumeOperation(deps: LifecycleDependencies): Operation<UploadVolumeArguments, void> {
  const { state, access, progress } = deps;

  async function volumeOf({ args }: Context): Promise<VolumeRecord> {
    const volume = await state.volumes.find(args.volumeId);
    if (volume === undefined)
      throw new ContractError('NOT_FOUND', `the record of volume ${args.volumeId} is gone`);
    return volume;
  }

  function imagesNow(): ImageWork {
    if (deps.images !== null) return deps.images;
    throw new ContractError('INVALID_CONFIGURATION', 'no image source is configured any more');
  }

  const upload: Step<UploadVolumeArguments> = {
    name: 'uploadVolume',
    async run(context) {
      const { imageId, diskFormat, compress } = context.args;
      const { transfer } = imagesNow();
      const volume = await volumeOf(context);
      // An earlier run may have uploaded it, and was killed before it could record that.
      if (context.run > 1 && (await describeAgain(deps, imageId, volume, context)).status === 'active')
        return undefined;
      const report = progress.track('upload', [volume.id]);
      if (await uploadedByDriver(deps, volume, context)) return undefined;
      await usingVolumes(access, [{ volume, mode: 'ro' }], context, async ([opened]) => {
        if (opened === undefined) return;
        const { path, identity, sizeBytes } = opened;
        const image = await inOperation(imageId, () =>
          transfer.uploadVolume(
            imageId,
            { path, identity, sizeBytes, isZero: false },
            { diskFormat, compress },
            ownerOf(volume, context.requestId),
            { signal: context.signal, onProgress: report },
          ),
        );
        context.log.info({ imageId, bytes: image.sizeBytes }, 'uploaded');
      });
      return undefined;
    },
    async undo(context) {
      const { imageId, volumeId } = context.args;
      const removeImage = async (): Promise<void> => {
        const { transfer } = imagesNow();
        const owner = ownerOf(await volumeOf(context), context.requestId);
        await inOperation(imageId, () => transfer.removeImage(imageId, owner));
      };
      await tryEach([() => access.release(volumeId, context), removeImage]);
      return undefined;
    },
  };

  return {
    kind: 'volume.upload',
    args: argumentsSchema,
    onRestart: 'resume',
    steps: () => [upload],
    // It only reads: the export of a volume in use must come back when its target daemon is restarted meanwhile.
    locks: ({ volumeId }) => [{ key: volumeId, mode: 'shared' }],
    async complete(tables, { args: { volumeId } }) {
      progress.end([volumeId]);
      await settleVolume(tables, volumeId, 'upload', 'ok', { failure: null });
    },
    async abandon(tables, { args: { volumeId } }, error) {
      progress.end([volumeId]);
      await settleVolume(tables, volumeId, 'upload', 'failed', { failure: failureText(error) });
    },
  };
}

/** Whether the driver has uploaded it, and the source of images says so too: a driver's store may be another one. */
async function uploadedByDriver(
  deps: LifecycleDependencies,
  volume: VolumeRecord,
  context: Context,
): Promise<boolean> {
  const { state, backends, mover, settings } = deps;
  const { imageId, diskFormat } = context.args;
  const backend = backends.ofHost(volume.host);
  const call = driverCallOf(context, 'copyVolumeToImage', settings.patienceMs);
  if (!(await driverImplements(backend, 'copyVolumeToImage', call))) return false;
  const { location } = await describeAgain(deps, imageId, volume, context);
  try {
    const { work } = await callDriver(
      backend,
      'copyVolumeToImage',
      { volume: await driverVolume(state, volume), imageId, imageLocation: location, diskFormat },
      call,
    );
    await runWork(mover, work, context, undefined, backend.io);
  } catch (error) {
    if (isContractError(error) && error.code === 'UNIMPLEMENTED') return false;
    throw error;
  }
  return (await describeAgain(deps, imageId, volume, context)).status === 'active';
}
