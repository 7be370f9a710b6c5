import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { ImageError } from '../../errors.ts';
import type { ImageStore } from '../imageSource.ts';
import type { TransferRequest } from './request.ts';
import { startTransfer, type TransferDone } from './startTransfer.ts';

/** What an upload is given: a file, or a pipe's read end. */
export type UploadContent = Parameters<ImageStore['upload']>[1];

/** Sends a file or what a pipe gives by PUT, and waits for the server's answer. @throws ImageError */
export async function uploadContent(
  request: Omit<TransferRequest, 'become' | 'direction' | 'sizeBytes' | 'checksum'>,
  content: UploadContent,
  signal: AbortSignal,
): Promise<TransferDone> {
  if (content.kind === 'stream') return await send(content.fd, null);
  const file = await openFile(content.path);
  try {
    const stats = await file.stat();
    if (!stats.isFile()) throw new ImageError('SOURCE_REFUSED', `${content.path} is not a regular file`);
    return await send(file.fd, stats.size);
  } finally {
    await file.close();
  }

  async function send(fd: number, sizeBytes: number | null): Promise<TransferDone> {
    const transfer = startTransfer(
      { ...request, direction: 'upload', sizeBytes, checksum: null },
      fd,
      signal,
    );
    try {
      return await transfer.finished;
    } finally {
      await transfer.stop();
    }
  }
}

async function openFile(path: string): Promise<FileHandle> {
  try {
    return await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    throw new ImageError('SOURCE_REFUSED', `${path} cannot be read`, { cause: error });
  }
}
