import { z } from 'zod';
import type { BackupRecord, VolumeFacts } from '../model/index.ts';

const factsSchema = z.object({
  name: z.string().nullable().catch(null),
  description: z.string().nullable().catch(null),
  bootable: z.boolean().catch(false),
  metadata: z.record(z.string(), z.string()).catch({}),
  imageMetadata: z.record(z.string(), z.string()).catch({}),
});

/** What a backup's manifest says besides its blocks, for whoever finds it without the service's records. */
export function manifestMetadata(backup: BackupRecord): Record<string, string> {
  return {
    ...(backup.displayName !== null && { name: backup.displayName }),
    ...(backup.displayDescription !== null && { description: backup.displayDescription }),
    data_timestamp: backup.dataTimestamp,
    volume: JSON.stringify(backup.volumeFacts),
    metadata: JSON.stringify(backup.metadata),
  };
}

/** What {@link manifestMetadata} wrote; what another writer left out is empty. */
export function readManifestMetadata(metadata: Readonly<Record<string, string>>): Pick<
  BackupRecord,
  'displayName' | 'displayDescription' | 'volumeFacts' | 'metadata'
> & {
  readonly dataTimestamp: string | null;
} {
  const facts: VolumeFacts = factsSchema.catch(noFacts).parse(json(metadata['volume']));
  return {
    displayName: metadata['name']?.slice(0, 255) ?? null,
    displayDescription: metadata['description']?.slice(0, 255) ?? null,
    dataTimestamp: z.iso
      .datetime()
      .nullable()
      .catch(null)
      .parse(metadata['data_timestamp'] ?? null),
    volumeFacts: facts,
    metadata: z.record(z.string(), z.string()).catch({}).parse(json(metadata['metadata'])),
  };
}

const noFacts: VolumeFacts = {
  name: null,
  description: null,
  bootable: false,
  metadata: {},
  imageMetadata: {},
};

function json(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? '{}');
  } catch {
    // Signed by its writer, who wrote something else there: nothing of it is taken over.
    return {};
  }
}
