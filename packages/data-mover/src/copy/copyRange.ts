import type { TaskControl } from '../control.ts';
import { currentSize, type Endpoint, openEndpoint } from '../endpoint.ts';
import { DataMoverError } from '../errors.ts';
import { extents } from '../extents.ts';
import { flush } from '../flush.ts';
import { attemptIo } from '../ioError.ts';
import type { CopyJob } from './job.ts';
import { kernelCopy } from './kernelCopy.ts';
import { readWriteCopy } from './readWriteCopy.ts';
import { reflinkBlocks } from './reflink.ts';
import { type CopyMethod, type CopyRequest, type CopyResult, checkCopyRequest } from './request.ts';
import { zeroFill } from './zeroFill.ts';

/**
 * Copies a byte range between two files or block devices, in this thread.
 *
 * Identities are proven and sizes checked before the first byte; the destination is never created, truncated or grown; success
 * means that it is durable. Repeating it is harmless. Blocks the thread, except while flushing.
 *
 * @throws DataMoverError with any code but WORKER_FAILED and CLOSED
 */
export async function copyRange(request: CopyRequest, control: TaskControl): Promise<CopyResult> {
  const started = performance.now();
  checkCopyRequest(request);
  control.begin();
  const source = openEndpoint('source', request.source.path, request.source.identity);
  try {
    const destination = openEndpoint('destination', request.destination.path, request.destination.identity);
    try {
      const job: CopyJob = {
        source,
        destination,
        sourceOffset: request.source.offset ?? 0,
        destinationOffset: request.destination.offset ?? 0,
        control,
        moved: { reflink: 0, copy_file_range: 0, 'read-write': 0 },
        kernelCopyWorks: source.kind === 'file' && destination.kind === 'file',
      };
      const { length } = request;
      checkFits(source, job.sourceOffset, length);
      checkFits(destination, job.destinationOffset, length);
      checkApart(job, length);
      const holes = moveBytes(job, length, request.destinationIsZero ?? false);
      checkSourceUnchanged(job, length);
      await flush(destination, control);
      return {
        bytes: length,
        copiedBytes: length - holes.skipped - holes.zeroed,
        skippedBytes: holes.skipped,
        zeroedBytes: holes.zeroed,
        method: mainMethod(job.moved),
        sha256: null,
        verified: false,
        durationMs: Math.round(performance.now() - started),
      };
    } finally {
      destination.close();
    }
  } finally {
    source.close();
  }
}

function moveBytes(
  job: CopyJob,
  length: number,
  destinationIsZero: boolean,
): { skipped: number; zeroed: number } {
  const { source, sourceOffset, control } = job;
  const holes = { skipped: 0, zeroed: 0 };
  const walk = extents(source.fd, sourceOffset + reflinkBlocks(job, length), sourceOffset + length);
  for (;;) {
    control.throwIfCancelled();
    const next = attemptIo(source, sourceOffset, control, () => walk.next());
    if (next.done === true) return holes;
    const start = next.value.start - sourceOffset;
    const end = next.value.end - sourceOffset;
    if (next.value.kind === 'data') {
      readWriteCopy(job, kernelCopy(job, start, end), end);
    } else if (destinationIsZero) {
      holes.skipped += end - start;
      control.advance(end - start);
    } else {
      zeroFill(job, start, end);
      holes.zeroed += end - start;
    }
  }
}

function checkFits({ side, path, size }: Endpoint, offset: number, length: number): void {
  const missing = offset + length - size;
  if (missing <= 0) return;
  throw new DataMoverError(
    side === 'source' ? 'SOURCE_TOO_SMALL' : 'DESTINATION_TOO_SMALL',
    `${side} ${path} has ${size} bytes, ${missing} too few for ${length} from byte ${offset} on`,
    { side, path, doneBytes: 0 },
  );
}

function checkApart({ source, destination, sourceOffset, destinationOffset }: CopyJob, length: number): void {
  if (source.key !== destination.key || Math.abs(sourceOffset - destinationOffset) >= length) return;
  throw new DataMoverError(
    'OVERLAP',
    `source ${source.path} and destination ${destination.path} are the same bytes`,
    {
      doneBytes: 0,
    },
  );
}

/** A file cut while it was walked looks as if it ended in a hole. */
function checkSourceUnchanged({ source, sourceOffset, control }: CopyJob, length: number): void {
  const size = currentSize(source);
  if (size >= sourceOffset + length) return;
  throw new DataMoverError(
    'SOURCE_CHANGED',
    `source ${source.path} was cut to ${size} bytes while it was copied`,
    {
      side: 'source',
      path: source.path,
      offset: size,
      doneBytes: control.doneBytes,
    },
  );
}

function mainMethod(moved: CopyJob['moved']): CopyMethod {
  const methods: Exclude<CopyMethod, 'none'>[] = ['reflink', 'copy_file_range', 'read-write'];
  return methods.reduce<CopyMethod>(
    (best, method) => (moved[method] > (best === 'none' ? 0 : moved[best]) ? method : best),
    'none',
  );
}
