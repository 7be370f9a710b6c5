import { type Bytes, bytesToGibCeil, GIB } from '@scoria/core/contract';
import type { LifecycleDependencies } from '../dependencies.ts';
import { type RequestContext, ServiceError } from '../model/index.ts';
import type { Tables } from '../state/index.ts';

/**
 * Checks a project's quota before it gets `volumes` more volumes and `more` bytes more. Where there is no limit nothing is
 * counted, so that the cost of a create stays the same however many there are.
 *
 * @throws ServiceError OverLimit
 */
export async function checkLimits(
  {
    state,
    settings: { maxVolumes, maxGigabytes },
  }: { readonly state: Pick<Tables, 'volumes'>; readonly settings: LifecycleDependencies['settings'] },
  { projectId }: Pick<RequestContext, 'projectId'>,
  { volumes, more }: { readonly volumes: number; readonly more: Bytes },
): Promise<void> {
  if (maxVolumes < 0 && maxGigabytes < 0) return;
  const used = await state.volumes.usage(projectId);
  if (maxVolumes >= 0 && used.count + volumes > maxVolumes)
    throw new ServiceError(
      'OverLimit',
      `the project has ${used.count} of ${maxVolumes} volumes: delete one first`,
    );
  if (maxGigabytes >= 0 && used.bytes + more > maxGigabytes * GIB)
    throw new ServiceError(
      'OverLimit',
      `the project uses ${Math.ceil(used.bytes / GIB)} of ${maxGigabytes} GiB: ${bytesToGibCeil(more)} GiB more are too much`,
    );
}
