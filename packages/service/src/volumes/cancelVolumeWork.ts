import type { LifecycleDependencies } from '../dependencies.ts';
import { type RequestContext, ServiceError } from '../model/index.ts';
import { requireVolume } from './access.ts';

/** Operations that may take long and can be taken back, by what they do. */
const cancellable = ['volume.create', 'volume.upload', 'volume.reimage', 'volume.migrate', 'backup.restore'];

/**
 * Cancels a download, an upload, a restore or another copy of a volume that is under way; returns once it is undone.
 *
 * @throws ServiceError InvalidVolume when there is none
 */
export async function cancelVolumeWork(
  { state, journal }: Pick<LifecycleDependencies, 'state' | 'journal'>,
  context: RequestContext,
  id: string,
): Promise<void> {
  const { status } = await requireVolume(state, context, id);
  const cancelled = await journal.cancel(id, cancellable, `cancelled by request ${context.requestId}`);
  if (cancelled === 0)
    throw new ServiceError(
      'InvalidVolume',
      `volume ${id} is ${status}: nothing is under way that can be cancelled`,
    );
}
