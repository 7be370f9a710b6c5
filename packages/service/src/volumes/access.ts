import { type RequestContext, ServiceError, type VolumeRecord } from '../model/index.ts';
import type { Tables } from '../state/index.ts';

/** The refusal for a volume that is not there, or not the caller's: the two look alike. */
export function volumeNotFound(id: string): ServiceError {
  return new ServiceError('VolumeNotFound', `volume ${id} could not be found`);
}

/** The volume, if the caller may see it. @throws ServiceError VolumeNotFound */
export async function requireVolume(
  tables: Pick<Tables, 'volumes'>,
  context: RequestContext,
  id: string,
): Promise<VolumeRecord> {
  const volume = await tables.volumes.find(id);
  if (volume === undefined || !(context.isAdmin || volume.projectId === context.projectId))
    throw volumeNotFound(id);
  return volume;
}

/** The project whose objects a list shows; null for all. @throws ServiceError Forbidden */
export function listScope(context: RequestContext, allProjects: boolean): string | null {
  return context.isAdmin && allProjects ? null : context.projectId;
}

/** @throws ServiceError Forbidden unless an administrator asks. */
export function requireAdmin(context: RequestContext, what: string): void {
  if (!context.isAdmin) throw new ServiceError('Forbidden', `only an administrator may ${what}`);
}
