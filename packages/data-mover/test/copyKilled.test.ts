import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { execPath } from 'node:process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { TaskControl } from '../src/control.ts';
import { copyRange } from '../src/copy/copyRange.ts';
import type { CopyRequest } from '../src/index.ts';
import { content, model, noise, type Piece, side, writeSparse } from './files.ts';
import { here } from './filesystems.ts';

const MIB = 1024 * 1024;
const child = fileURLToPath(new URL('./fixtures/copyInChild.ts', import.meta.url));

/** Copies in a child that is killed as soon as it reports `killAt` bytes. @returns the last durable position that it told */
async function killedCopy(
  request: CopyRequest,
  killAt: number,
  helpFromBytes: number,
): Promise<{ durable: number; killed: boolean }> {
  const process = spawn(
    execPath,
    ['--conditions=scoria-source', child, JSON.stringify({ request, helpFromBytes })],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  onTestFinished(() => void process.kill('SIGKILL'));
  let durable = 0;
  const exited = once(process, 'exit');
  for await (const line of createInterface({ input: process.stdout })) {
    const [done = 0, now = 0] = line.split(' ').map(Number);
    expect(now).toBeGreaterThanOrEqual(durable);
    durable = now;
    if (done >= killAt) process.kill('SIGKILL');
  }
  const [, signal] = await exited;
  return { durable, killed: signal === 'SIGKILL' };
}

const scenarios = fc.record({
  length: fc.integer({ min: 14 * MIB, max: 18 * MIB }),
  offset: fc.nat(9000),
  dirty: fc.boolean(),
  helped: fc.boolean(),
  killAt: fc.double({ min: 0.6, max: 1, noNaN: true }),
  pieces: fc.array(
    fc.record({ at: fc.double({ min: 0, max: 0.9, noNaN: true }), mib: fc.integer({ min: 3, max: 9 }) }),
    { minLength: 3, maxLength: 6 },
  ),
});

interface Prepared {
  readonly request: CopyRequest;
  readonly expected: Buffer;
  readonly helpFrom: number;
  readonly killAt: number;
}

function prepare(
  number: number,
  scenario: typeof scenarios extends fc.Arbitrary<infer T> ? T : never,
): Prepared {
  const { length, offset, dirty, helped, killAt, pieces } = scenario;
  const source = join(here.path, `killed-${number}`);
  const destination = `${source}-copy`;
  const data: Piece[] = pieces.map(({ at, mib }, index) => {
    const start = Math.floor(at * length);
    return { offset: start, data: noise(Math.min(mib * MIB, length - start), index + 1) };
  });
  writeSparse(source, length, data);
  writeSparse(destination, offset + length, dirty ? [{ offset: 0, data: noise(offset + length, 77) }] : []);
  return {
    request: {
      source: side(source),
      destination: side(destination, offset),
      length,
      destinationIsZero: !dirty,
    },
    expected: model(length, data),
    helpFrom: helped ? MIB : length + 1,
    killAt: killAt * length,
  };
}

describe('a copy whose process is killed', () => {
  it('goes on where it was durable, and ends equal', { timeout: 60_000 }, async () => {
    const prepared = fc.sample(scenarios, 5).map((scenario, number) => prepare(number, scenario));
    const killed = await Promise.all(
      prepared.map(({ request, killAt, helpFrom }) =>
        killedCopy({ ...request, io: { bytesPerSecond: 5 * MIB } }, killAt, helpFrom),
      ),
    );
    for (const [index, { request, expected }] of prepared.entries()) {
      const resumeFrom = killed[index]?.durable ?? 0;
      const written = (): Buffer => content(request.destination.path).subarray(request.destination.offset);
      // What was said to be durable is there.
      expect(written().subarray(0, resumeFrom).equals(expected.subarray(0, resumeFrom))).toBe(true);
      const result = await copyRange({ ...request, resumeFrom, digest: true }, new TaskControl());
      expect(written().equals(expected)).toBe(true);
      expect(result.sha256).toBe(createHash('sha256').update(expected).digest('hex'));
    }
    const inTheMiddle = killed.filter(
      ({ durable, killed: was }, index) =>
        was && durable > 0 && durable < (prepared[index]?.request.length ?? 0),
    );
    expect(inTheMiddle.length).toBeGreaterThan(0);
  });
});
