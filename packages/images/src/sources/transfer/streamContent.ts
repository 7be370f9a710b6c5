import { closeSync } from 'node:fs';
import { makePipe } from '@scoria/data-mover';
import type { ImageContent } from '../imageSource.ts';
import type { TransferRequest } from './request.ts';
import { startTransfer } from './startTransfer.ts';

/**
 * Begins a download and waits until the server has agreed to it.
 *
 * @throws ImageError
 */
export async function streamContent(
  request: Omit<TransferRequest, 'become' | 'direction'>,
  signal: AbortSignal,
): Promise<ImageContent> {
  const pipe = makePipe();
  let open = true;
  try {
    const transfer = startTransfer({ ...request, direction: 'download' }, pipe.writeFd, signal);
    closeSync(pipe.writeFd);
    open = false;
    await transfer.started;
    const finished = transfer.finished.then(() => undefined);
    // Whoever waits for it may come later than its failure.
    finished.catch(() => undefined);
    let closed: Promise<void> | undefined;
    return {
      kind: 'stream',
      fd: pipe.readFd,
      finished,
      close: () => (closed ??= transfer.stop().finally(() => closeSync(pipe.readFd))),
    };
  } catch (error) {
    if (open) closeSync(pipe.writeFd);
    closeSync(pipe.readFd);
    throw error;
  }
}
