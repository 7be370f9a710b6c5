import { BackupError } from '../../errors.ts';
import type { Content } from './content.ts';
import { comparableEtag, etagOf, md5, partSize, type TaggedAnswer } from './etag.ts';
import { DamagedTransfer } from './failure.ts';
import { inParallel } from './parallel.ts';
import type { Attempt, S3Session } from './session.ts';

/** Parts that are in memory at once: 4 × 8 MiB for objects below 8 GB. */
const PARTS_AT_ONCE = 4;
/** Whoever cancels does not wait longer for a server that is away. */
const LONGEST_ABORT_MS = 5000;

/** Bucket and key of an object, and its name for messages. */
export interface ObjectPlace {
  readonly Bucket: string;
  readonly Key: string;
  readonly object: string;
}

/**
 * Stores an object whole or not at all: in one request, or in parts that become an object together. The server checks the MD5 of what
 * it got, we check the one that it answers.
 *
 * @throws BackupError
 */
export async function upload(
  session: S3Session,
  place: ObjectPlace,
  content: Content,
  signal: AbortSignal | undefined,
): Promise<void> {
  if (content.bytes <= partSize(content.bytes)) await putWhole(session, place, content, signal);
  else await putParts(session, place, content, signal);
}

async function putWhole(
  session: S3Session,
  { Bucket, Key, object }: ObjectPlace,
  content: Content,
  signal: AbortSignal | undefined,
): Promise<void> {
  const Body = await content.read(0, content.bytes);
  const digest = await md5(Body);
  await session.request(
    { verb: 'put', object },
    async ({ sdk, client, abort }) => {
      const ContentMD5 = digest.toString('base64');
      const answer = await client.send(new sdk.PutObjectCommand({ Bucket, Key, Body, ContentMD5 }), abort);
      checkStored(answer, [digest]);
    },
    signal,
  );
}

async function putParts(
  session: S3Session,
  place: ObjectPlace,
  content: Content,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { Bucket, Key, object } = place;
  const size = partSize(content.bytes);
  const count = Math.ceil(content.bytes / size);
  const digests: Buffer[] = [];
  const uploadId = await session.request(
    { verb: 'begin the parts of', object },
    async ({ sdk, client, abort }) => {
      const { UploadId } = await client.send(new sdk.CreateMultipartUploadCommand({ Bucket, Key }), abort);
      if (UploadId === undefined)
        throw new DamagedTransfer('REPOSITORY_UNAVAILABLE', 'the server named no upload');
      return UploadId;
    },
    signal,
  );
  try {
    await inParallel(count, PARTS_AT_ONCE, async (index) => {
      const offset = index * size;
      const Body = await content.read(offset, Math.min(size, content.bytes - offset));
      const digest = await md5(Body);
      digests[index] = digest;
      await session.request(
        { verb: `put part ${index + 1} of ${count} of`, object },
        async ({ sdk, client, abort }) => {
          const part = { Bucket, Key, UploadId: uploadId, PartNumber: index + 1 };
          const ContentMD5 = digest.toString('base64');
          checkStored(await client.send(new sdk.UploadPartCommand({ ...part, Body, ContentMD5 }), abort), [
            digest,
          ]);
        },
        signal,
      );
    });
    await session.request(
      { verb: 'join the parts of', object },
      (attempt) => complete(attempt, place, uploadId, digests),
      signal,
    );
  } catch (error) {
    await abortUpload(session, place, uploadId);
    throw error;
  }
}

async function complete(
  { sdk, client, abort, number }: Attempt,
  { Bucket, Key }: ObjectPlace,
  UploadId: string,
  digests: readonly Buffer[],
): Promise<void> {
  const Parts = digests.map((digest, index) => ({
    PartNumber: index + 1,
    ETag: `"${digest.toString('hex')}"`,
  }));
  try {
    const MultipartUpload = { Parts };
    const answer = await client.send(
      new sdk.CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload }),
      abort,
    );
    checkStored(answer, digests);
  } catch (error) {
    // An earlier attempt whose answer was lost may have done it: the upload is gone then, and the object is there.
    if (number === 1 || !(error instanceof Error) || error.name !== 'NoSuchUpload') throw error;
    const answer = await client.send(new sdk.HeadObjectCommand({ Bucket, Key }), abort);
    if (comparableEtag(answer, digests.length) !== etagOf(digests)) throw error;
  }
}

/** Removes the parts of an upload that failed, also one that was cancelled. What stays nevertheless, the next sweep finds. */
async function abortUpload(session: S3Session, place: ObjectPlace, UploadId: string): Promise<void> {
  const { Bucket, Key, object } = place;
  try {
    await session.request(
      { verb: 'remove the parts of', object },
      async ({ sdk, client, abort }) => {
        await client.send(new sdk.AbortMultipartUploadCommand({ Bucket, Key, UploadId }), abort);
      },
      AbortSignal.timeout(LONGEST_ABORT_MS),
    );
  } catch (error) {
    // Why the upload itself failed is what the caller must see.
    if (!(error instanceof BackupError)) throw error;
  }
}

/** @throws DamagedTransfer */
function checkStored(answer: TaggedAnswer, digests: readonly Buffer[]): void {
  if (answer.ETag === undefined)
    throw new DamagedTransfer(
      'REPOSITORY_UNAVAILABLE',
      'the answer is not that of an S3 server: it has no ETag',
    );
  const etag = comparableEtag(answer, digests.length);
  if (etag !== undefined && etag !== etagOf(digests))
    throw new DamagedTransfer('REPOSITORY_UNAVAILABLE', 'the server stored other bytes than were sent');
}
