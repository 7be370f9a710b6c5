import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { backendNameSchema, bytes, type OwnedObject } from '@scoria/driver-sdk';
import { factsOf } from './fileFacts.ts';
import { directoryOf, type Kind, type Layout } from './layout.ts';

/** Everything in the directories of volumes and snapshots. */
export async function listOwned(layout: Layout): Promise<OwnedObject[]> {
  const kinds: Kind[] = ['volume', 'snapshot'];
  return (await Promise.all(kinds.map((kind) => listKind(layout, kind)))).flat();
}

async function listKind(layout: Layout, kind: Kind): Promise<OwnedObject[]> {
  const directory = directoryOf(layout, kind);
  const entries = await readdir(directory, { withFileTypes: true });
  const owned = await Promise.all(
    entries.map(async (entry): Promise<OwnedObject | undefined> => {
      const reference = join(directory, entry.name);
      if (!entry.isFile() || !backendNameSchema.safeParse(entry.name).success) {
        return { kind: 'other', name: null, reference, detail: { note: `not a ${kind} of this store` } };
      }
      const facts = await factsOf(reference);
      // Deleted since the directory was read.
      if (facts === undefined) return undefined;
      return {
        kind,
        name: entry.name,
        reference,
        size: bytes(facts.size),
        detail: { allocated: String(facts.allocated) },
      };
    }),
  );
  return owned.filter((each) => each !== undefined);
}
