import type { Logger } from 'pino';
import type { KeyedLocks } from '../journal/index.ts';
import type { State } from '../state/index.ts';
import type { VolumeAccess } from './volumeAccess.ts';

/**
 * Takes away what earlier runs of the service have left attached and no operation goes on with: each when nothing is under way on its
 * volume. What does not go now stays on record, for the next time.
 */
export async function releaseLeft(
  deps: {
    readonly access: VolumeAccess;
    readonly state: Pick<State, 'serviceAttachments'>;
    readonly locks: KeyedLocks;
    readonly log: Logger;
  },
  signal: AbortSignal,
): Promise<void> {
  const { access, state, locks, log } = deps;
  const started = crypto.randomUUID().slice(0, 8);
  const each = async ({ volumeId }: { readonly volumeId: string }): Promise<void> => {
    const context = {
      signal,
      log: log.child({ volumeId }),
      run: 1,
      driverRequestId: (step: string) => `release:${started}:${volumeId.slice(0, 36)}:${step}`,
    };
    const request = { key: volumeId, mode: 'exclusive' } as const;
    try {
      await locks.run([request], { holder: 'releasing what was left attached', signal }, () =>
        access.release(volumeId, context),
      );
      log.info({ volumeId }, 'nothing of the volume is attached to this host any more');
    } catch (error) {
      if (!signal.aborted)
        log.warn({ volumeId, err: error }, 'what an earlier run left attached could not be taken away');
    }
  };
  await Promise.all((await state.serviceAttachments.all()).map(each));
}
