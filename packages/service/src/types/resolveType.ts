import { ServiceError, type VolumeTypeRecord } from '../model/index.ts';
import type { Tables } from '../state/index.ts';

/** Name of the type of volumes that name none. */
export const DEFAULT_TYPE_NAME = '__DEFAULT__';

/** A type by id or name; the default type for null. @throws ServiceError VolumeTypeNotFound */
export async function resolveType(
  tables: Pick<Tables, 'types'>,
  idOrName: string | null,
): Promise<VolumeTypeRecord> {
  const type = await tables.types.find(idOrName ?? DEFAULT_TYPE_NAME);
  if (type === undefined)
    throw new ServiceError(
      'VolumeTypeNotFound',
      `volume type ${idOrName ?? DEFAULT_TYPE_NAME} could not be found`,
    );
  return type;
}
