import type { TaskControl } from '../control.ts';
import { openEndpoint, requireRange } from '../endpoint.ts';
import { DataMoverError } from '../errors.ts';
import { attemptIo } from '../ioError.ts';
import { withIoOptions } from '../throttle/ioSession.ts';
import { areas } from './areas.ts';
import { type Backing, withBacking } from './backing.ts';
import { BlockWriter } from './blockWriter.ts';
import { whyNotInPlace } from './inPlace.ts';
import { WipeJob } from './job.ts';
import { checkWipeRequest, type WipeRequest, type WipeResult } from './request.ts';
import { rungsOf } from './rungs.ts';
import { shredArea } from './shred.ts';
import { type Sampling, sample } from './verify.ts';
import { writeZeros, zeroArea } from './zero.ts';

/**
 * Destroys a byte range of a file or block device, in this thread: exactly `length` bytes, durable and sampled when it succeeds.
 * Identity and size come first; repeating it is harmless. Blocks the thread, except while flushing.
 *
 * @throws DataMoverError GUARANTEE_UNAVAILABLE, VERIFY_FAILED, and as `copyRange` of its destination
 */
export async function wipeRange(request: WipeRequest, control: TaskControl): Promise<WipeResult> {
  const started = performance.now();
  checkWipeRequest(request);
  control.begin();
  const target = openEndpoint('destination', request.target.path, request.target.identity);
  try {
    const first = request.target.offset ?? 0;
    requireRange(target, first, request.length);
    return await withBacking(target, (backing) =>
      withIoOptions(request.io, [target], control, async (session) => {
        const writer = new BlockWriter(target, session, control);
        try {
          const last = first + request.length;
          const { resumeFrom = 0 } = request;
          const job = new WipeJob({ target, first, last, control, writer }, resumeFrom);
          try {
            const done = await wipe(job, backing, request, first + resumeFrom);
            return { ...done, bytes: request.length, durationMs: Math.round(performance.now() - started) };
          } finally {
            job.release();
          }
        } finally {
          writer.close();
        }
      }),
    );
  } finally {
    target.close();
  }
}

async function wipe(
  job: WipeJob,
  backing: Backing,
  { method, require }: WipeRequest,
  from: number,
): Promise<Pick<WipeResult, 'guarantee' | 'method' | 'sampledBytes'>> {
  const { target, first, last, control } = job;
  const inPlace = attemptIo(target, first, control, () => whyNotInPlace(backing, first, last));
  const overwrite = method === 'shred' || require === 'overwritten';
  if (overwrite && inPlace !== undefined) {
    throw new DataMoverError(
      'GUARANTEE_UNAVAILABLE',
      `destination ${target.path} cannot be overwritten for certain: ${inPlace}`,
      { side: 'destination', path: target.path, doneBytes: 0 },
    );
  }
  const ladder = overwrite ? [] : rungsOf(target, backing);
  await walk(job, backing, from, overwrite, (start, end) =>
    method === 'shred' ? shredArea(job, start, end) : zeroArea(job, ladder, start, end),
  );
  // What an earlier run did, and what was left to an offload, may have been less; also when it is written after all.
  const wroteAll = job.wiped.write === last - first;
  const sampling = await confirm(job, overwrite);
  const guarantee = overwrite || (wroteAll && inPlace === undefined) ? 'overwritten' : 'reads-as-zero';
  return { guarantee, method: job.mainMethod, sampledBytes: sampling.bytes };
}

async function walk(
  job: WipeJob,
  backing: Backing,
  from: number,
  overwrite: boolean,
  wipeArea: (start: number, end: number) => Promise<void>,
): Promise<void> {
  const { target, last, control } = job;
  const walked = areas(target, backing, from, last, overwrite)[Symbol.iterator]();
  for (;;) {
    control.throwIfCancelled();
    const next = attemptIo(target, from, control, () => walked.next());
    if (next.done === true) break;
    const { kind, start, end } = next.value;
    if (kind === 'data') await wipeArea(start, end);
    else await job.passed(start, end);
  }
  await job.makeDurable();
}

/** Samples the range. What an offload left is written: it said that it was done, so nothing of it is believed any more. */
async function confirm(job: WipeJob, overwritten: boolean): Promise<Sampling> {
  const sampling = sample(job);
  if (sampling.notZero === undefined) return sampling;
  if (overwritten || job.wiped.write === job.last - job.first) throw notZero(job, sampling.notZero);
  job.restart();
  await writeZeros(job, job.first, job.last);
  await job.makeDurable();
  const again = sample(job);
  if (again.notZero !== undefined) throw notZero(job, again.notZero);
  return again;
}

function notZero({ target, control }: WipeJob, offset: number): DataMoverError {
  return new DataMoverError(
    'VERIFY_FAILED',
    `destination ${target.path} is not zero at byte ${offset} after it was wiped`,
    { side: 'destination', path: target.path, offset, doneBytes: control.doneBytes },
  );
}
