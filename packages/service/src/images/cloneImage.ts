import { isContractError, type VolumeUpdate } from '@scoria/core/contract';
import { callDriver, driverCallOf, driverImplements, driverVolume } from '../backends/index.ts';
import type { RunContext } from '../journal/index.ts';
import type { VolumeRecord } from '../model/index.ts';
import { describeAgain, type ImageDependencies } from './writeImage.ts';

/**
 * Offers an image to the volume's driver first (contract.md §6.6), which may have it already and makes the volume of it.
 *
 * @returns what to record of the volume; null when it has to be made and filled
 * @throws ContractError IMAGE_UNACCEPTABLE, NO_SPACE, …
 */
export async function cloneImage(
  deps: ImageDependencies,
  imageId: string,
  volume: VolumeRecord,
  context: RunContext<unknown>,
): Promise<VolumeUpdate | null> {
  const backend = deps.backends.ofHost(volume.host);
  const call = driverCallOf(context, 'cloneImage', deps.settings.patienceMs);
  if (!(await driverImplements(backend, 'cloneImage', call))) return null;
  const image = await describeAgain(deps, imageId, volume, context);
  if (image.diskFormat === null) return null;
  try {
    const { cloned, update } = await callDriver(
      backend,
      'cloneImage',
      {
        volume: await driverVolume(deps.state, volume),
        imageId: image.id,
        imageLocation: image.location,
        imageMeta: {
          ...image.properties,
          disk_format: image.diskFormat,
          container_format: image.containerFormat,
          name: image.name,
          size: image.sizeBytes,
          checksum: image.checksum?.hex ?? null,
          updated_at: image.updatedAt,
        },
      },
      call,
    );
    return cloned ? update : null;
  } catch (error) {
    // An earlier run of this request may have made the volume, to be filled: the driver then holds no image's clone.
    if (isContractError(error) && (error.code === 'UNIMPLEMENTED' || error.code === 'ALREADY_EXISTS'))
      return null;
    throw error;
  }
}
