import { ContractError } from '@scoria/core/contract';
import type { OpenedVolume } from '../dataPath/index.ts';
import type { LifecycleDependencies } from '../dependencies.ts';
import type { RunContext } from '../journal/index.ts';
import type { VolumeRecord } from '../model/index.ts';

/**
 * Opens a volume on this host, works on it and always closes it. What the work says goes before what the closing says
 * (contract.md §6.1): a failure to close after success is logged and left to the next use of the volume, which takes it over.
 *
 * @throws ContractError
 */
export async function withVolume<Result>(
  { access }: Pick<LifecycleDependencies, 'access'>,
  volume: VolumeRecord,
  mode: 'ro' | 'rw',
  context: RunContext<unknown>,
  work: (opened: OpenedVolume) => Promise<Result>,
): Promise<Result> {
  const opened = await access.open(volume, mode, context);
  let finished = false;
  try {
    if (opened.sizeBytes < volume.size)
      throw new ContractError(
        'DEVICE_UNAVAILABLE',
        `${opened.path} has ${opened.sizeBytes} bytes, volume ${volume.id} has ${volume.size}`,
      );
    const result = await work(opened);
    finished = true;
    return result;
  } finally {
    try {
      await opened.close({ force: !finished });
    } catch (error) {
      context.log.error(
        { err: error, volumeId: volume.id },
        'the volume could not be detached from this host',
      );
    }
  }
}
