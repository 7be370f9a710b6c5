import type { Owner } from '../owner.ts';
import { type Saveconfig, type SavedBackstore, savedBackstoreSchema } from './schema.ts';

/** A backstore of ours in the file, and the volume that it is of. */
export interface OurBackstore {
  readonly volume: string;
  readonly saved: SavedBackstore;
}

/** Our backstores in the file, by the name by which LUNs refer to them. */
export function ourBackstores(config: Saveconfig, owner: Owner): Map<string, OurBackstore> {
  return new Map(
    config.storage_objects.flatMap((each) => {
      const { success, data } = savedBackstoreSchema.safeParse(each);
      const volume = success ? owner.volumeOf(data.name) : null;
      return success && volume !== null
        ? [[`/backstores/${data.plugin}/${data.name}`, { volume, saved: data }] as const]
        : [];
    }),
  );
}
