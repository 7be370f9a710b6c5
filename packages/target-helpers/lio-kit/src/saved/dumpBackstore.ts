import type { Configfs } from '../configfs/configfs.ts';
import type { Backstore } from '../kernel/backstore.ts';
import { attributesIn } from './attributes.ts';
import type { SavedBackstore } from './schema.ts';

/** A backstore as rtslib saves it. */
export async function dumpBackstore(fs: Configfs, backstore: Backstore): Promise<SavedBackstore> {
  const { path, kind, name, device, serial, writeCache } = backstore;
  return {
    attributes: await attributesIn(fs, kind, `${path}/attrib`),
    alua_tpgs: [],
    dev: device,
    name,
    plugin: kind === 'fileio' ? 'fileio' : 'block',
    ...(kind === 'fileio' ? { aio: false, size: backstore.size ?? 0 } : { readonly: false }),
    write_back: writeCache,
    wwn: serial,
  };
}

/** How LUNs in the file refer to a backstore. */
export function storageObjectOf({ kind, name }: Pick<Backstore, 'kind' | 'name'>): string {
  return `/backstores/${kind === 'iblock' ? 'block' : 'fileio'}/${name}`;
}
