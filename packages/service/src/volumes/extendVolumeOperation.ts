import { bytesSchema, ContractError } from '@scoria/core/contract';
import { z } from 'zod';
import { callDriver, driverCallOf, driverVolume } from '../backends/index.ts';
import type { LifecycleDependencies } from '../dependencies.ts';
import { failureText, type Operation } from '../journal/index.ts';
import { settleVolume } from './settleVolume.ts';

const argumentsSchema = z.object({ volumeId: z.string(), newSize: bytesSchema });
export type ExtendVolumeArguments = z.infer<typeof argumentsSchema>;

/** Grows a volume. Growing cannot be taken back, so a restart repeats it. */
export function extendVolumeOperation({
  state,
  backends,
  settings,
}: LifecycleDependencies): Operation<ExtendVolumeArguments, void> {
  return {
    kind: 'volume.extend',
    args: argumentsSchema,
    onRestart: 'resume',
    steps: () => [
      {
        name: 'extendVolume',
        async run(context) {
          const { volumeId, newSize } = context.args;
          const volume = await state.volumes.find(volumeId);
          if (volume === undefined)
            throw new ContractError('NOT_FOUND', `the record of volume ${volumeId} is gone`);
          // A status that was reset let two extensions in: the record never says less than there is.
          if (volume.size >= newSize) return undefined;
          const { size } = await callDriver(
            backends.ofHost(volume.host),
            'extendVolume',
            { volume: await driverVolume(state, volume), newSize },
            driverCallOf(context, 'extendVolume', settings.patienceMs),
          );
          if (size < newSize)
            throw new ContractError(
              'BACKEND_ERROR',
              `the backend reports ${size} bytes after an extension to ${newSize}`,
            );
          return async (tables) => {
            await tables.volumes.update(volumeId, { size: newSize });
          };
        },
      },
    ],
    locks: ({ volumeId }) => [{ key: volumeId, mode: 'exclusive' }],
    // `extend` and `extendInUse` share what they are in progress and how they end.
    complete: (tables, { args }) => settleVolume(tables, args.volumeId, 'extend', 'ok', { failure: null }),
    abandon: (tables, { args }, error) =>
      settleVolume(tables, args.volumeId, 'extend', 'failed', { failure: failureText(error) }),
  };
}
