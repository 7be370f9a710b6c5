import { createHash } from 'node:crypto';
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { identitySchema } from '@scoria/core/contract';
import { z } from 'zod';
import { attachedDeviceSchema } from '../model.ts';
import { writeFileAtomic } from '../stateFile.ts';
import type { Handles } from './transport.ts';

/**
 * What is on disk about an attachment from before its first effect until the kernel has confirmed that all of it is gone: a LUN number
 * is not used for another volume before. No secret is in it.
 */
export const attachmentRecordSchema = z.object({
  version: z.literal(1),
  handle: z.string(),
  /** Only `attached` has been handed out. What is `detaching` has been flushed. */
  phase: z.enum(['attaching', 'attached', 'detaching']),
  identity: identitySchema,
  device: attachedDeviceSchema.nullable(),
});

/** What is on disk about an attachment. */
export type AttachmentRecord = z.infer<typeof attachmentRecordSchema>;

/** The records of a transport's attachments on this host, one file each. */
export class AttachmentRecords<Attachment> {
  readonly #directory: string;
  readonly #handles: Handles<Attachment>;

  constructor(directory: string, handles: Handles<Attachment>) {
    this.#directory = directory;
    this.#handles = handles;
  }

  /** Writes a record, whole. */
  async save(record: AttachmentRecord): Promise<void> {
    await writeFileAtomic(this.#file(this.#handles.parseHandle(record.handle)), JSON.stringify(record));
  }

  /** Idempotent. */
  async remove(attachment: Attachment): Promise<void> {
    await rm(this.#file(attachment), { force: true });
  }

  /** Those that are about a LUN of the same target. */
  async about(attachment: Attachment): Promise<AttachmentRecord[]> {
    return (await this.list()).filter(({ handle }) =>
      this.#handles.overlaps(this.#handles.parseHandle(handle), attachment),
    );
  }

  /** All that can be read. */
  async list(): Promise<AttachmentRecord[]> {
    const names = await readdir(this.#directory).catch(() => []);
    const records = await Promise.all(
      names
        .filter((name) => /^[0-9a-f]{16}\.json$/.test(name))
        .map((name) => readRecord(join(this.#directory, name))),
    );
    return records.filter((record) => record !== null);
  }

  #file(attachment: Attachment): string {
    const hash = createHash('sha256').update(this.#handles.keyOf(attachment)).digest('hex');
    return join(this.#directory, `${hash.slice(0, 16)}.json`);
  }
}

async function readRecord(file: string): Promise<AttachmentRecord | null> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  if (text === null) return null;
  // One that is damaged must not keep everything else from being attached; what the kernel itself shows still counts.
  return attachmentRecordSchema.safeParse(parsed(text)).data ?? null;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
