import { closeSync, openSync } from 'node:fs';
import { makePipe, type StreamResult } from '@scoria/data-mover';
import { convertToQcow2 } from '../convert/toQcow2.ts';
import { ImageError } from '../errors.ts';
import { runInspector } from '../inspect/runInspector.ts';
import type { DiskFormat, ImageCaller, ImageDescription, TransferOptions, VolumeEndpoint } from '../model.ts';
import type { ImageStore } from '../sources/imageSource.ts';
import type { TransferParts } from './dependencies.ts';
import { asImageError, throwIfAborted, verifyDigest } from './errors.ts';
import { openImage } from './openImage.ts';
import { Report } from './report.ts';
import { withTemporaryFile } from './temporaryFile.ts';

/** A volume on its way to a record of a store. */
interface Upload {
  readonly parts: TransferParts;
  readonly store: ImageStore;
  readonly imageId: string;
  readonly source: VolumeEndpoint;
  readonly caller: ImageCaller;
  readonly signal: AbortSignal;
  readonly report: Report;
}

/** See ImageTransfer.uploadVolume. */
export async function uploadVolume(
  parts: TransferParts,
  imageId: string,
  source: VolumeEndpoint,
  format: { readonly diskFormat: DiskFormat; readonly compress: boolean },
  caller: ImageCaller,
  { signal = new AbortController().signal, onProgress }: TransferOptions = {},
): Promise<ImageDescription> {
  const { store } = parts.source;
  if (store === undefined) throw new ImageError('SOURCE_READ_ONLY', `${parts.source.name} stores no images`);
  const report = new Report(onProgress);
  report.total(source.sizeBytes);
  const upload: Upload = { parts, store, imageId, source, caller, signal, report };
  try {
    throwIfAborted(signal);
    if (format.diskFormat === 'raw') return await uploadRaw(upload);
    if (format.diskFormat === 'qcow2') return await uploadQcow2(upload, format.compress);
  } catch (error) {
    if (signal.aborted) throw new ImageError('CANCELLED', 'cancelled', { cause: error });
    throw asImageError(error);
  }
  throw new ImageError('FORMAT_NOT_SUPPORTED', `volumes are not uploaded as ${format.diskFormat}`);
}

/** Sends the bytes as they are, whatever they look like, through a pipe: no second copy on disk. */
async function uploadRaw({
  parts,
  store,
  imageId,
  source,
  caller,
  signal,
  report,
}: Upload): Promise<ImageDescription> {
  const both = new AbortController();
  const either = AbortSignal.any([signal, both.signal]);
  const pipe = makePipe();
  let storing: Promise<ImageDescription> | undefined;
  let writeFd: number | null = pipe.writeFd;
  try {
    storing = store.upload(imageId, { kind: 'stream', fd: pipe.readFd }, caller, either);
    const sending = parts.mover.send(
      {
        source: { path: source.path, identity: source.identity },
        length: source.sizeBytes,
        fd: pipe.writeFd,
        hashes: ['sha512', 'sha256'],
      },
      { signal: either, onProgress: ({ doneBytes }) => report.done(doneBytes) },
    );
    // A store that fails must not leave the sender waiting, nor the other way round.
    const failed = storing.then(() => new Promise<never>(() => undefined));
    const sent: StreamResult = await Promise.race([sending, failed]).catch(async (error: unknown) => {
      both.abort(error);
      await Promise.allSettled([sending]);
      throw error;
    });
    closeSync(writeFd);
    writeFd = null;
    const stored = await storing;
    verifyStored(stored, sent.bytes, sent.digests);
    report.finish(source.sizeBytes);
    return stored;
  } catch (error) {
    // Before the pipe ends: to the store, its end is the end of a whole image.
    both.abort(error);
    if (storing !== undefined) await Promise.allSettled([storing]);
    throw error;
  } finally {
    if (writeFd !== null) closeSync(writeFd);
    closeSync(pipe.readFd);
  }
}

/** Converts to a file of our own first, and inspects that as if it were anybody's. */
async function uploadQcow2(upload: Upload, compress: boolean): Promise<ImageDescription> {
  const { parts, store, imageId, source, caller, signal, report } = upload;
  return withTemporaryFile(parts.conversionDirectory, 0, async (path) => {
    const fd = openSync(path, 'r+');
    try {
      const onShare = (share: number): void => report.done(Math.floor(share * source.sizeBytes));
      const file = { path, fd, access: 'write' as const };
      await convertToQcow2({ source, file, compress, signal, onShare }, parts);
    } finally {
      closeSync(fd);
    }
    const image = openImage(path);
    try {
      const inspection = await runInspector(
        image,
        { declared: 'qcow2', mostVirtualBytes: source.sizeBytes, sizeBytes: null, hash: 'sha512' },
        parts,
        signal,
      );
      const sha512 = (await inspection.digest) ?? '';
      if (inspection.virtualSizeBytes !== source.sizeBytes)
        throw new ImageError('CONVERSION_FAILED', `the image has ${inspection.virtualSizeBytes} bytes`);
      const stored = await store.upload(imageId, { kind: 'file', path }, caller, signal);
      verifyStored(stored, image.sizeBytes, { sha512 });
      report.finish(source.sizeBytes);
      return stored;
    } finally {
      image.close();
    }
  });
}

/** @throws ImageError CHECKSUM_MISMATCH when the store has something else than was sent */
function verifyStored(stored: ImageDescription, bytes: number, digests: StreamResult['digests']): void {
  const { sizeBytes, checksum } = stored;
  if (sizeBytes !== null && sizeBytes !== bytes)
    throw new ImageError('CHECKSUM_MISMATCH', `the store has ${sizeBytes} bytes, ${bytes} were sent`);
  // A store may compute another digest than ours.
  const own = checksum === null ? undefined : digests[checksum.algorithm];
  if (own !== undefined) verifyDigest(checksum, own);
}
