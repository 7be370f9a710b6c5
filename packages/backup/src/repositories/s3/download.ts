import { randomUUID } from 'node:crypto';
import { type FileHandle, open, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { GetObjectCommandOutput } from '@aws-sdk/client-s3';
import { BackupError } from '../../errors.ts';
import { comparableEtag, etagOf, md5, partSize, type TaggedAnswer } from './etag.ts';
import { DamagedTransfer } from './failure.ts';
import { withLocalFile } from './localFile.ts';
import { inParallel } from './parallel.ts';
import type { S3Session } from './session.ts';
import type { ObjectPlace } from './upload.ts';

const RANGES_AT_ONCE = 4;

/** Bytes of an object. */
export interface ByteRange {
  readonly offset: number;
  readonly length: number;
}

/** All of an object, its MD5 checked. @throws BackupError OBJECT_MISSING, CORRUPT */
export async function downloadWhole(
  session: S3Session,
  { Bucket, Key, object }: ObjectPlace,
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  return await session.request(
    { verb: 'get', object },
    async ({ sdk, client, abort }) => {
      const answer = await client.send(new sdk.GetObjectCommand({ Bucket, Key }), abort);
      const content = await body(answer, answer.ContentLength);
      checkTagged(answer);
      await checkWhole(answer, content);
      return content;
    },
    signal,
  );
}

/**
 * A range of an object. What is in it is not checked, only that it is all there.
 *
 * @throws BackupError OBJECT_MISSING; CORRUPT when the object is shorter
 */
export async function downloadRange(
  session: S3Session,
  { Bucket, Key, object }: ObjectPlace,
  range: ByteRange & { readonly IfMatch?: string | undefined },
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  const { offset, length, IfMatch } = range;
  if (length === 0) return new Uint8Array(0);
  const Range = `bytes=${offset}-${offset + length - 1}`;
  return await session.request(
    { verb: `get bytes ${offset} to ${offset + length - 1} of`, object },
    async ({ sdk, client, abort }) => {
      const answer = await client.send(new sdk.GetObjectCommand({ Bucket, Key, Range, IfMatch }), abort);
      const total = Number(/\/(\d+)$/.exec(answer.ContentRange ?? '')?.[1] ?? Number.NaN);
      if (Number.isNaN(total))
        throw new DamagedTransfer('REPOSITORY_UNAVAILABLE', 'the answer does not say which range it is');
      if (total < offset + length)
        throw new BackupError('CORRUPT', `${object} has ${total} bytes, not ${offset + length} or more`, {
          object,
        });
      return await body(answer, length);
    },
    signal,
  );
}

/**
 * An object as a new file in `spool`, its MD5 checked.
 *
 * @returns the path of the file, which is the caller's to remove
 * @throws BackupError OBJECT_MISSING, CORRUPT
 */
export async function downloadFile(
  session: S3Session,
  place: ObjectPlace,
  spool: string,
  signal: AbortSignal | undefined,
): Promise<string> {
  const path = join(spool, `s3-${randomUUID()}`);
  const { Bucket, Key, object } = place;
  try {
    // Again as a whole when a part is damaged: which one it was, the MD5 of all does not say.
    await session.request(
      { verb: 'get', object },
      async ({ sdk, client, abort }) => {
        const head = await client.send(new sdk.HeadObjectCommand({ Bucket, Key }), abort);
        await using file = await withLocalFile(path, object, () => open(path, 'w', 0o600));
        const write = (content: Uint8Array, offset: number): Promise<void> =>
          withLocalFile(path, object, () => writeAt(file, content, offset));
        await fill(session, place, head, write, signal);
      },
      signal,
    );
    return path;
  } catch (error) {
    await unlink(path).catch(() => undefined); // it may never have come to be
    throw error;
  }
}

async function fill(
  session: S3Session,
  place: ObjectPlace,
  head: TaggedAnswer & { readonly ContentLength?: number | undefined },
  write: (content: Uint8Array, offset: number) => Promise<void>,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { ContentLength: bytes } = head;
  if (bytes === undefined)
    throw new DamagedTransfer('REPOSITORY_UNAVAILABLE', 'the server does not say how large it is');
  checkTagged(head);
  const size = partSize(bytes);
  const count = Math.ceil(bytes / size);
  const digests: Buffer[] = [];
  await inParallel(count, RANGES_AT_ONCE, async (index) => {
    const offset = index * size;
    const length = Math.min(size, bytes - offset);
    // Should the object be replaced meanwhile, no mixture of both is taken for it.
    const content = await downloadRange(session, place, { offset, length, IfMatch: head.ETag }, signal);
    digests[index] = await md5(content);
    await write(content, offset);
  });
  const etag = comparableEtag(head, count);
  if (count > 0 && etag !== undefined && etag !== etagOf(digests)) throw differs();
}

async function writeAt(file: FileHandle, content: Uint8Array, offset: number): Promise<void> {
  for (let written = 0; written < content.byteLength; ) {
    const left = content.byteLength - written;
    const { bytesWritten } = await file.write(content, written, left, offset + written);
    written += bytesWritten;
  }
}

async function body(answer: GetObjectCommandOutput, length: number | undefined): Promise<Uint8Array> {
  const content = (await answer.Body?.transformToByteArray()) ?? new Uint8Array(0);
  if (length !== undefined && content.byteLength !== length)
    throw new DamagedTransfer(
      'REPOSITORY_UNAVAILABLE',
      `${content.byteLength} bytes came instead of ${length}`,
    );
  return content;
}

async function checkWhole(answer: GetObjectCommandOutput, content: Uint8Array): Promise<void> {
  const size = partSize(content.byteLength);
  const digests: Buffer[] = [];
  for (let offset = 0; offset < Math.max(content.byteLength, 1); offset += size)
    digests.push(await md5(content.subarray(offset, offset + size)));
  const etag = comparableEtag(answer, digests.length);
  if (etag !== undefined && etag !== etagOf(digests)) throw differs();
}

/** What has no ETag was not answered by an S3 server, but by something in between. */
function checkTagged(answer: TaggedAnswer): void {
  if (answer.ETag === undefined)
    throw new DamagedTransfer(
      'REPOSITORY_UNAVAILABLE',
      'the answer is not that of an S3 server: it has no ETag',
    );
}

function differs(): DamagedTransfer {
  return new DamagedTransfer('CORRUPT', 'what came is not what the server says it stored (MD5)');
}
