import type { ListMultipartUploadsCommandOutput } from '@aws-sdk/client-s3';
import type { S3Session } from './session.ts';

/**
 * Removes the parts of uploads below `Prefix` that began before `before`: those of processes that are gone. Who pays for a bucket
 * pays for such parts, and no listing of objects shows them.
 *
 * @returns how many uploads were removed
 * @throws BackupError
 */
export async function sweepUploads(
  session: S3Session,
  { Bucket, Prefix, before }: { readonly Bucket: string; readonly Prefix: string; readonly before: Date },
  signal: AbortSignal | undefined,
): Promise<number> {
  let removed = 0;
  let after: { KeyMarker?: string; UploadIdMarker?: string } | undefined = {};
  while (after !== undefined) {
    const input = { Bucket, Prefix, ...after };
    const page: ListMultipartUploadsCommandOutput = await session.request(
      { verb: 'list unfinished uploads' },
      ({ sdk, client, abort }) => client.send(new sdk.ListMultipartUploadsCommand(input), abort),
      signal,
    );
    for (const { Key, UploadId, Initiated } of page.Uploads ?? []) {
      if (Key?.startsWith(Prefix) !== true || UploadId === undefined) continue;
      if (Initiated === undefined || Initiated >= before) continue;
      removed += await remove(session, { Bucket, Key, UploadId }, signal);
    }
    const { NextKeyMarker, NextUploadIdMarker } = page;
    after =
      page.IsTruncated === true && NextKeyMarker !== undefined && NextKeyMarker !== after.KeyMarker
        ? { KeyMarker: NextKeyMarker, ...(NextUploadIdMarker && { UploadIdMarker: NextUploadIdMarker }) }
        : undefined;
  }
  return removed;
}

async function remove(
  session: S3Session,
  upload: { readonly Bucket: string; readonly Key: string; readonly UploadId: string },
  signal: AbortSignal | undefined,
): Promise<number> {
  return await session.request(
    { verb: 'remove an unfinished upload' },
    async ({ sdk, client, abort }) => {
      try {
        await client.send(new sdk.AbortMultipartUploadCommand(upload), abort);
        return 1;
      } catch (error) {
        // Somebody else swept it.
        if (error instanceof Error && error.name === 'NoSuchUpload') return 0;
        throw error;
      }
    },
    signal,
  );
}
