import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ContractError, identitySchema } from '@scoria/core/contract';
import { z } from 'zod';
import type { LunAddress } from '../iscsi/proof.ts';
import { processIdentitySchema } from '../processIdentity.ts';
import { writeFileAtomic } from '../stateFile.ts';

/**
 * What is on disk about one attachment, so that any later process can use it or take it away. No secret is in it; the
 * file is 0600 all the same.
 */
export const attachmentRecordSchema = z.object({
  version: z.literal(1),
  handle: z.string().regex(/^[0-9a-f]{16}$/),
  phase: z.enum(['attaching', 'attached', 'detaching']),
  address: z.object({ portal: z.string(), iqn: z.string(), lun: z.number().int() }),
  identity: identitySchema,
  size: z.number().int(),
  readOnly: z.boolean(),
  discard: z.boolean(),
  daemon: processIdentitySchema.nullable(),
  /** `/dev/loopN` when the volume is handed out as a block device. */
  loop: z.string().nullable(),
});

/** What is on disk about one attachment. */
export type AttachmentRecord = z.infer<typeof attachmentRecordSchema>;

/** The files of one attachment, all in one directory of mode 0700. */
export interface AttachmentFiles {
  readonly handle: string;
  readonly directory: string;
  readonly record: string;
  /** The FUSE file that is the volume. */
  readonly disk: string;
  readonly log: string;
  readonly secret: string;
  readonly lock: string;
}

/** The same LUN at the same portal always has the same handle. */
export function handleOf(address: LunAddress): string {
  return createHash('sha256')
    .update([address.portal, address.iqn, String(address.lun)].join('\0'))
    .digest('hex')
    .slice(0, 16);
}

/** Where the files of an attachment are. */
export function filesOf(stateDirectory: string, handle: string): AttachmentFiles {
  const directory = join(stateDirectory, handle);
  return {
    handle,
    directory,
    record: join(directory, 'attachment.json'),
    disk: join(directory, 'disk'),
    log: join(directory, 'daemon.log'),
    secret: join(directory, 'chap'),
    lock: join(stateDirectory, `${handle}.lock`),
  };
}

/** Writes the record, whole. */
export async function writeRecord(files: AttachmentFiles, record: AttachmentRecord): Promise<void> {
  await writeFileAtomic(files.record, JSON.stringify(record, null, 2));
}

/** The record; null when there is none. @throws ContractError INTERNAL when it is not readable as one */
export async function readRecord(files: AttachmentFiles): Promise<AttachmentRecord | null> {
  const text = await readFile(files.record, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  if (text === null) return null;
  try {
    return attachmentRecordSchema.parse(JSON.parse(text));
  } catch (error) {
    throw new ContractError('INTERNAL', `${files.record} is damaged; detach with force to clean up.`, {
      cause: error,
    });
  }
}

/** Handles of all attachments that left a directory. */
export async function listHandles(stateDirectory: string): Promise<string[]> {
  const names = await readdir(stateDirectory).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  return names.filter((name) => /^[0-9a-f]{16}$/.test(name)).sort();
}
