import type { LifecycleDependencies } from '../dependencies.ts';
import {
  type RequestContext,
  ServiceError,
  type VolumeTypeRecord,
  type VolumeTypeService,
} from '../model/index.ts';
import { requireAdmin } from '../volumes/access.ts';
import { resolveType } from './resolveType.ts';

/** Volume types. */
export function createTypeService({
  state,
  settings,
}: Pick<LifecycleDependencies, 'state' | 'settings'>): VolumeTypeService {
  const defaultName = settings.defaultVolumeType;
  async function named(idOrName: string, context?: RequestContext): Promise<VolumeTypeRecord> {
    const type = await resolveType(state, idOrName);
    if (context !== undefined && !context.isAdmin && !type.isPublic)
      throw new ServiceError('VolumeTypeNotFound', `volume type ${idOrName} could not be found`);
    return type;
  }
  const taken = (name: string) =>
    new ServiceError('Conflict', `a volume type named "${name}" exists already: choose another name`);

  return {
    async list(context) {
      return (await state.types.list()).filter(({ isPublic }) => isPublic || context.isAdmin);
    },
    get: (context, idOrName) => named(idOrName, context),
    default: () => named(defaultName),
    async create(context, request) {
      requireAdmin(context, 'create a volume type');
      const type = { id: crypto.randomUUID(), ...request };
      await state.transaction(async (tables) => {
        if (!(await tables.types.insert(type))) throw taken(request.name);
        await tables.typeSpecs.merge(type.id, request.extraSpecs);
      });
      return type;
    },
    async update(context, id, change) {
      requireAdmin(context, 'change a volume type');
      return state.transaction(async (tables) => {
        const type = await resolveType(tables, id);
        if (change.name !== undefined && change.name !== type.name) {
          if (type.name === defaultName)
            throw new ServiceError('InvalidVolumeType', 'the default type cannot be renamed');
          if ((await tables.types.find(change.name)) !== undefined) throw taken(change.name);
        }
        await tables.types.update(type.id, change);
        return resolveType(tables, type.id);
      });
    },
    async delete(context, id) {
      requireAdmin(context, 'delete a volume type');
      await state.transaction(async (tables) => {
        const type = await resolveType(tables, id);
        if (type.name === defaultName)
          throw new ServiceError('InvalidVolumeType', 'the default type cannot be deleted');
        if (await tables.types.inUse(type.id))
          throw new ServiceError(
            'InvalidVolumeType',
            `volume type ${type.name} has volumes: delete them first`,
          );
        await tables.types.remove(type.id);
      });
    },
    async setExtraSpecs(context, id, specs) {
      requireAdmin(context, 'change extra specs');
      return state.transaction(async (tables) => {
        const type = await resolveType(tables, id);
        await tables.typeSpecs.merge(type.id, specs);
        return (await resolveType(tables, type.id)).extraSpecs;
      });
    },
    async deleteExtraSpec(context, id, key) {
      requireAdmin(context, 'change extra specs');
      const type = await named(id);
      if (!(await state.typeSpecs.remove(type.id, key)))
        throw new ServiceError('MetadataNotFound', `volume type ${type.name} has no extra spec "${key}"`);
    },
  };
}
