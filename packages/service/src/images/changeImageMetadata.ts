import type { LifecycleDependencies } from '../dependencies.ts';
import { type RequestContext, ServiceError } from '../model/index.ts';
import { requireChangeable } from '../volumes/changeVolume.ts';

type Dependencies = Pick<LifecycleDependencies, 'state'>;

/** Adds or changes what is recorded of a volume's image. @returns all of it. @throws ServiceError InvalidVolume */
export async function setImageMetadata(
  { state }: Dependencies,
  context: RequestContext,
  id: string,
  metadata: Readonly<Record<string, string>>,
): Promise<Readonly<Record<string, string>>> {
  return state.transaction(async (tables) => {
    await requireChangeable(tables, context, id);
    await tables.volumeImageMetadata.merge(id, metadata);
    return tables.volumeImageMetadata.of(id);
  });
}

/** Removes one key. @throws ServiceError MetadataNotFound, InvalidVolume */
export async function unsetImageMetadata(
  { state }: Dependencies,
  context: RequestContext,
  id: string,
  key: string,
): Promise<void> {
  await state.transaction(async (tables) => {
    await requireChangeable(tables, context, id);
    if (!(await tables.volumeImageMetadata.remove(id, key)))
      throw new ServiceError('MetadataNotFound', `volume ${id} has no image metadata "${key}"`);
  });
}
