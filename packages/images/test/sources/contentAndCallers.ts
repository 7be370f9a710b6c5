import { createHash, randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { processesMatching } from '@scoria-test/support';
import { expect } from 'vitest';
import { ImageError, type ImageErrorCode } from '../../src/errors.ts';
import type { ImageCaller, ImageChecksum, ImageDraft } from '../../src/model.ts';
import type { ImageContent } from '../../src/sources/imageSource.ts';

/** A signal that nobody aborts. */
export const never = new AbortController().signal;

/** Somebody of a project, with a token or without. */
export function callerOf(projectId: string, token?: string): ImageCaller {
  const requestId = 'req-11111111-2222-3333-4444-555555555555';
  return {
    projectId,
    userId: 'user',
    requestId,
    token: token === undefined ? null : { reveal: () => token },
  };
}

/** What the content gives, to its end. */
export async function bytesOf(content: ImageContent): Promise<Buffer> {
  try {
    if (content.kind === 'file') return await readFile(content.path);
    const pieces: Buffer[] = [];
    for await (const piece of createReadStream('', { fd: content.fd, autoClose: false })) pieces.push(piece);
    await content.finished;
    return Buffer.concat(pieces);
  } finally {
    await content.close();
  }
}

/** The digest of bytes. */
export function checksumOf(bytes: Buffer, algorithm: ImageChecksum['algorithm'] = 'sha512'): ImageChecksum {
  return { algorithm, hex: createHash(algorithm).update(bytes).digest('hex') };
}

/** A private raw image. */
export function draftOf(more: Partial<ImageDraft> = {}): ImageDraft {
  return {
    name: 'an image',
    diskFormat: 'raw',
    containerFormat: 'bare',
    visibility: 'private',
    protected: false,
    minDiskGib: 1,
    minRamMib: 64,
    properties: { os_distro: 'debian' },
    ...more,
  };
}

/** Bytes that do not compress and differ each time. */
export const noise = (length: number): Buffer => randomBytes(length);

/** That a promise is rejected with this code; its error, to look at more of it. */
export async function failure(promise: Promise<unknown>, code: ImageErrorCode): Promise<ImageError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(ImageError);
  if (!(error instanceof ImageError)) throw new Error('unreachable');
  expect([error.code, error.message]).toEqual([code, error.message]);
  return error;
}

/** Command line and environment of a process. */
export async function visibleOf(pid: number): Promise<string> {
  const files = ['cmdline', 'environ'].map((name) => text(createReadStream(`/proc/${pid}/${name}`)));
  return (await Promise.all(files)).join('\n');
}

/** The transfer programs that this process started and that still run. */
export async function transferPids(): Promise<number[]> {
  const found = await processesMatching('transferImage');
  const own = await Promise.all(
    found.map(async ({ pid }) => {
      const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
      return status.includes(`PPid:\t${process.pid}\n`) && !status.includes('State:\tZ') ? [pid] : [];
    }),
  );
  return own.flat();
}
