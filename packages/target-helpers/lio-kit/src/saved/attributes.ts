import type { Configfs } from '../configfs/configfs.ts';
import { LINK } from '../kernel/names.ts';

/** Attributes of an object, by name. */
export type AttributeValues = Record<string, number | string>;

/** Names of the attributes that can be set, by kind of object: all of a kind have the same. */
const settable = new WeakMap<Configfs, Map<string, Promise<string[]>>>();

function settableIn(fs: Configfs, kind: string, path: string): Promise<string[]> {
  const known = settable.get(fs) ?? new Map<string, Promise<string[]>>();
  settable.set(fs, known);
  const names = known.get(kind) ?? fs.settable(path);
  known.set(kind, names);
  // One that vanished meanwhile tells nothing of its kind.
  names.then(
    ({ length }) => length === 0 && known.delete(kind),
    () => known.delete(kind),
  );
  return names;
}

/**
 * All attributes in a directory that can be set, whoever set them: an administrator's tuning is saved with the rest.
 *
 * @param kind of the object that the directory belongs to: objects of a kind have the same attributes
 */
export async function attributesIn(fs: Configfs, kind: string, path: string): Promise<AttributeValues> {
  const names = await settableIn(fs, kind, path);
  const values = await Promise.all(
    names.map(async (name) => [name, (await fs.read(`${path}/${name}`)) ?? ''] as const),
  );
  return Object.fromEntries(values.map(([name, text]) => [name, /^-?\d+$/.test(text) ? Number(text) : text]));
}

/** The name of the link in a directory: what rtslib calls alias. */
export async function aliasIn(fs: Configfs, path: string): Promise<string> {
  return (await fs.list(path)).find(({ kind }) => kind === 'link')?.name ?? LINK;
}
