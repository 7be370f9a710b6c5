import { ServiceError, type VolumeTypeRecord } from '../model/index.ts';
import type { Tables } from '../state/index.ts';

/** A type by id or name. @throws ServiceError VolumeTypeNotFound */
export async function resolveType(
  tables: Pick<Tables, 'types'>,
  idOrName: string,
): Promise<VolumeTypeRecord> {
  const type = await tables.types.find(idOrName);
  if (type === undefined)
    throw new ServiceError('VolumeTypeNotFound', `volume type ${idOrName} could not be found`);
  return type;
}
