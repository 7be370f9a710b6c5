import type { VolumeTypeRecord } from '../../model/index.ts';
import type { TypeView } from '../schemas/types.ts';

/** Extra specs that users may see; the rest says how backends are built. */
const userVisible = new Set(['RESKEY:availability_zones', 'multiattach', 'replication_enabled']);

/** The extra specs of a type that the caller may see. */
export function visibleExtraSpecs(type: VolumeTypeRecord, isAdmin: boolean): Record<string, string> {
  if (isAdmin) return { ...type.extraSpecs };
  return Object.fromEntries(Object.entries(type.extraSpecs).filter(([key]) => userVisible.has(key)));
}

/** A volume type. */
export function typeView(type: VolumeTypeRecord, isAdmin: boolean): TypeView {
  return {
    id: type.id,
    name: type.name,
    is_public: type.isPublic,
    description: type.description,
    extra_specs: visibleExtraSpecs(type, isAdmin),
    'os-volume-type-access:is_public': type.isPublic,
    ...(isAdmin && { qos_specs_id: null }),
  };
}
