import { bytes, type CopyWork } from '@scoria/core/contract';
import type { DataMover } from '@scoria/data-mover';
import { pino } from 'pino';
import { expect, it } from 'vitest';
import { runWork } from '../../src/backends/runWork.ts';

const endpoint = (path: string) => ({
  path,
  identity: { type: 'inode' as const, dev: '1', ino: '2' },
  offset: bytes(0),
});
const piece = (length: number): CopyWork => ({
  kind: 'copy',
  source: endpoint('/source'),
  destination: endpoint('/destination'),
  length: bytes(length),
  destinationIsZero: true,
});

/** Reports twice and copies nothing: a real copy of a size that reports would take seconds. */
const mover: Pick<DataMover, 'copy'> = {
  async copy({ length }, { onProgress } = {}) {
    for (const doneBytes of [length / 2, length])
      onProgress?.({ doneBytes, totalBytes: length, durableBytes: 0 });
    return {
      bytes: length,
      copiedBytes: length,
      skippedBytes: 0,
      zeroedBytes: 0,
      method: 'read-write',
      sha256: null,
      verified: false,
      durationMs: 1,
    };
  },
};

it('tells how much of all pieces is done', async () => {
  const told: number[] = [];
  const context = { signal: new AbortController().signal, log: pino({ level: 'silent' }) };
  await runWork(mover, [piece(300), piece(100)], context, (percent) => told.push(percent));
  expect(told).toEqual([37, 75, 87, 100]);
});
