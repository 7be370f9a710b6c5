import { ContractError, isContractError } from '@scoria/core/contract';
import type { ImageDescription } from '@scoria/images';
import { callDriver, driverCallOf, driverImplements, driverVolume, runWork } from '../backends/index.ts';
import { usingVolumes } from '../dataPath/index.ts';
import type { LifecycleDependencies } from '../dependencies.ts';
import type { RunContext } from '../journal/index.ts';
import type { VolumeRecord } from '../model/index.ts';
import { inOperation } from './imageErrors.ts';
import { ownerOf } from './imageForVolume.ts';
import { type ImageWork, isAllowed } from './imageWork.ts';

/** What writing an image needs. */
export type ImageDependencies = Pick<
  LifecycleDependencies,
  'state' | 'backends' | 'access' | 'mover' | 'progress' | 'settings' | 'images'
>;

/** The image as its source describes it now: also after a restart, whatever was known before. @throws ContractError */
export async function describeAgain(
  { images }: Pick<ImageDependencies, 'images'>,
  imageId: string,
  volume: VolumeRecord,
  { requestId, signal }: Pick<RunContext<unknown>, 'requestId' | 'signal'>,
): Promise<ImageDescription> {
  if (images === null)
    throw new ContractError('INVALID_CONFIGURATION', 'no image source is configured any more');
  return inOperation(imageId, () => images.transfer.describe(imageId, ownerOf(volume, requestId), signal));
}

/** @throws ContractError IMAGE_UNACCEPTABLE: it has become another image since the request */
function refuseOtherFormats(images: ImageWork, image: ImageDescription): void {
  if (isAllowed(images, image)) return;
  throw new ContractError(
    'IMAGE_UNACCEPTABLE',
    `image ${image.id} is declared to be ${image.diskFormat ?? 'of no format'}, which no volume is made of here`,
    { details: { image: image.id } },
  );
}

/**
 * Writes an image over a volume (contract.md §6.2): by the driver where it can, else through the service. What an interrupted run has
 * left is cleared first. Idempotent: all of it is written again.
 *
 * @throws ContractError IMAGE_UNACCEPTABLE with the rule, NOT_FOUND, …
 */
export async function writeImage(
  deps: ImageDependencies,
  imageId: string,
  volume: VolumeRecord,
  context: RunContext<unknown>,
): Promise<void> {
  const { images, progress } = deps;
  const image = await describeAgain(deps, imageId, volume, context);
  if (images === null) return;
  refuseOtherFormats(images, image);
  if (context.run > 1) await clearDownload(deps, volume, context);
  const report = progress.track('download', [volume.id]);
  try {
    if (await writtenByDriver(deps, image, volume, context)) return;
    await usingVolumes(deps.access, [{ volume, mode: 'rw' }], context, async ([opened]) => {
      if (opened === undefined) return;
      const { path, identity, sizeBytes, isZero } = opened;
      const written = await context.marks.whole({ kind: 'image', path, identity, length: sizeBytes }, () =>
        inOperation(imageId, () =>
          images.transfer.writeToVolume(
            image,
            ownerOf(volume, context.requestId),
            { path, identity, sizeBytes, isZero },
            { signal: context.signal, onProgress: report },
          ),
        ),
      );
      context.log.info({ imageId, ...written }, 'image written');
    });
  } finally {
    progress.end([volume.id]);
  }
}

/** @throws ContractError what the driver answered, but that it has nothing of the kind */
async function clearDownload(
  { state, backends, settings }: ImageDependencies,
  volume: VolumeRecord,
  context: RunContext<unknown>,
): Promise<void> {
  const backend = backends.ofHost(volume.host);
  const call = driverCallOf(context, 'clearDownload', settings.patienceMs);
  if (!(await driverImplements(backend, 'clearDownload', call))) return;
  await callDriver(backend, 'clearDownload', { volume: await driverVolume(state, volume) }, call);
}

async function writtenByDriver(
  { state, backends, mover, settings }: ImageDependencies,
  image: ImageDescription,
  volume: VolumeRecord,
  context: RunContext<unknown>,
): Promise<boolean> {
  const backend = backends.ofHost(volume.host);
  const call = driverCallOf(context, 'copyImageToVolume', settings.patienceMs);
  if (image.diskFormat === null || !(await driverImplements(backend, 'copyImageToVolume', call)))
    return false;
  const params = {
    volume: await driverVolume(state, volume),
    imageId: image.id,
    imageLocation: image.location,
    diskFormat: image.diskFormat,
  };
  const writing = { kind: 'image', path: backend.host, identity: null, length: volume.size } as const;
  return context.marks.whole(writing, async () => {
    try {
      const { work } = await callDriver(backend, 'copyImageToVolume', params, call);
      await runWork(mover, work, context, undefined, backend.io);
      return true;
    } catch (error) {
      if (isContractError(error) && error.code === 'UNIMPLEMENTED') return false;
      throw error;
    }
  });
}
