import type { DataMover, ReceiveRequest, StreamResult } from '@scoria/data-mover';
import type { ImageContent } from '../sources/imageSource.ts';
import { asImageError } from './errors.ts';
import type { Report } from './report.ts';

/** A pipe from a source. */
export type ImageStream = Extract<ImageContent, { kind: 'stream' }>;

/**
 * Writes what a source sends, and waits until the source says that this was all.
 *
 * @throws ImageError, of the source first: that its child failed is why the pipe ended; DataMoverError about the destination
 */
export async function receiveStream(
  mover: DataMover,
  stream: ImageStream,
  request: Omit<ReceiveRequest, 'fd'>,
  signal: AbortSignal,
  report: Report,
): Promise<StreamResult> {
  const received = mover.receive(
    { ...request, fd: stream.fd },
    { signal, onProgress: ({ doneBytes }) => report.done(doneBytes) },
  );
  try {
    const result = await received;
    await stream.finished;
    return result;
  } catch (error) {
    // Nobody reads any more: the child is ended, and says so if it had no reason of its own.
    const ofSource = await failureOf(stream, signal);
    throw ofSource ?? asImageError(error);
  }
}

/** Why the source failed by itself, if it did. */
async function failureOf(stream: ImageStream, signal: AbortSignal): Promise<unknown> {
  if (signal.aborted) return undefined;
  const SETTLED_MS = 1_000;
  const { promise: late, resolve } = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => resolve(undefined), SETTLED_MS);
  try {
    return await Promise.race([
      stream.finished.then(
        () => undefined,
        (error: unknown) => error,
      ),
      late,
    ]);
  } finally {
    clearTimeout(timer);
  }
}
