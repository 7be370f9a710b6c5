import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { closeSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { DataMover, makePipe, type ReceiveRequest, type StreamResult } from '../src/index.ts';
import { allocated, content, model, noise, rejection, side, writeSparse } from './files.ts';
import { everyFilesystem, here } from './filesystems.ts';

const MIB = 1024 * 1024;
const mover = new DataMover({ maxThreads: 3 });
beforeAll(() => mover.start());
afterAll(() => mover.close({ cancel: true }));

const digestOf = (name: string, bytes: Uint8Array): string => createHash(name).update(bytes).digest('hex');

/** A pipe whose ends are closed after the test, and before when the test says so. */
function pipe(): { readFd: number; writeFd: number; closeRead: () => void; closeWrite: () => void } {
  const { readFd, writeFd } = makePipe();
  const open = new Set([readFd, writeFd]);
  const close = (fd: number): void => {
    if (open.delete(fd)) closeSync(fd);
  };
  onTestFinished(() => open.forEach(close));
  return { readFd, writeFd, closeRead: () => close(readFd), closeWrite: () => close(writeFd) };
}

function target(name: string, bytes: Uint8Array): string {
  const path = join(here.path, name);
  writeFileSync(path, bytes);
  return path;
}

/** A child whose output goes into a pipe that the pool drains. */
function received(
  program: string,
  args: string[],
  request: Omit<ReceiveRequest, 'fd'>,
): { result: Promise<StreamResult>; child: ChildProcess } {
  const { readFd, writeFd, closeWrite } = pipe();
  const child = spawn(program, args, { stdio: ['ignore', writeFd, 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  closeWrite();
  return { result: mover.receive({ ...request, fd: readFd }), child };
}

describe.each(everyFilesystem())('receive on $name', ({ path: directory, skip }) => {
  it.skipIf(skip)('writes what a child gives, and not its zeros where there are some', async () => {
    const source = join(directory, 'given');
    const destination = join(directory, 'taken');
    const size = 8 * MIB + 77;
    writeSparse(source, size, [
      { offset: 3 * MIB + 5, data: noise(2 * MIB, 2) },
      { offset: size - 3, data: noise(3, 3) },
    ]);
    const bytes = content(source);
    for (const zero of [true, false]) {
      writeSparse(destination, size + 9, zero ? [] : [{ offset: 0, data: noise(size + 9, 8) }]);
      const tail = content(destination).subarray(size);
      const { result } = received('cat', [source], {
        destination: side(destination),
        length: size,
        most: size,
        destinationIsZero: zero,
        hashes: ['sha256', 'md5', 'sha512', 'sha1'],
      });
      expect(await result).toEqual({
        bytes: size,
        digests: Object.fromEntries(
          ['sha256', 'md5', 'sha512', 'sha1'].map((name) => [name, digestOf(name, bytes)]),
        ),
      });
      if (zero) expect(allocated(destination)).toBeLessThan(3 * MIB);
      expect(content(destination).subarray(0, size).equals(bytes)).toBe(true);
      expect(content(destination).subarray(size).equals(tail)).toBe(true);
    }
  });
});

describe('receive', () => {
  it('equals the model for any stream, offset, head and destination', { timeout: 60_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          size: fc.integer({ min: 0, max: 1_500_000 }),
          offset: fc.integer({ min: 0, max: 70_000 }),
          headBytes: fc.integer({ min: 0, max: 200_000 }),
          extra: fc.nat(5_000),
          pieces: fc.array(
            fc.record({ offset: fc.nat(1_500_000), length: fc.nat(400_000), seed: fc.nat(99) }),
            { maxLength: 4 },
          ),
          zero: fc.boolean(),
          known: fc.boolean(),
          blockSize: fc.constantFrom(undefined, 512, 4096, 65536, MIB),
        }),
        async ({ size, offset, headBytes, extra, pieces, zero, known, blockSize }) => {
          const stream = model(
            size,
            pieces
              .filter((piece) => piece.offset < size)
              .map((piece) => ({
                offset: piece.offset,
                data: noise(Math.min(piece.length, size - piece.offset), piece.seed),
              })),
          );
          const head = stream.subarray(0, headBytes);
          const before = zero ? Buffer.alloc(offset + size + extra) : noise(offset + size + extra, 7);
          const destination = target('model', before);
          const rest = target('rest', stream.subarray(head.length));
          const { result } = received('cat', [rest], {
            destination: side(destination, offset),
            head,
            length: known ? size : null,
            most: known ? size : size + extra,
            destinationIsZero: zero,
            hashes: ['sha256'],
            ...(blockSize === undefined ? {} : { io: { blockSize } }),
          });
          expect(await result).toEqual({ bytes: size, digests: { sha256: digestOf('sha256', stream) } });
          stream.copy(before, offset);
          expect(content(destination).equals(before)).toBe(true);
        },
      ),
      { numRuns: 25 },
    );
  });

  it('is STREAM_BROKEN when it ends early, by one byte or all', async () => {
    for (const [given, wanted] of [
      [4095, 4096],
      [0, 1],
      [3 * MIB, 3 * MIB + 1],
    ] as const) {
      const destination = target('short', Buffer.alloc(wanted));
      const { result } = received('cat', [target('given', noise(given))], {
        destination: side(destination),
        length: wanted,
        most: wanted,
        hashes: [],
      });
      expect(await rejection(result)).toMatchObject({ code: 'STREAM_BROKEN', doneBytes: given });
    }
  });

  it('is STREAM_BROKEN when it gives one byte too many, and writes nothing behind the range', async () => {
    for (const length of [4096, null]) {
      const before = noise(5000, 5);
      const destination = target('long', before);
      const { result } = received('cat', [target('given', noise(4097))], {
        destination: side(destination),
        length,
        most: 4096,
        hashes: [],
      });
      expect(await rejection(result)).toMatchObject({ code: 'STREAM_BROKEN' });
      expect(content(destination).subarray(4096).equals(before.subarray(4096))).toBe(true);
      expect(content(destination).length).toBe(5000);
    }
  });

  it('never grows a destination that is one byte too small', async () => {
    const destination = target('small', noise(4095, 2));
    const request = { destination: side(destination), most: 9000, hashes: [] };
    const known = received('cat', [target('given', noise(4096))], { ...request, length: 4096 });
    expect(await rejection(known.result)).toMatchObject({ code: 'DESTINATION_TOO_SMALL', doneBytes: 0 });
    expect(content(destination).equals(noise(4095, 2))).toBe(true);
    const unknown = received('cat', [target('given', noise(4096))], { ...request, length: null });
    expect(await rejection(unknown.result)).toMatchObject({ code: 'NO_SPACE', offset: 4095 });
    expect(content(destination).length).toBe(4095);
  });

  it('is cancelled within 200 ms while the pipe is silent', { retry: 2 }, async () => {
    const destination = target('silent', Buffer.alloc(4096));
    const { readFd, writeFd } = pipe();
    const abort = new AbortController();
    const running = rejection(
      mover.receive(
        { fd: readFd, destination: side(destination), length: 4096, most: 4096, hashes: [] },
        { signal: abort.signal },
      ),
    );
    expect(await mover.digest({ path: destination, length: 1 })).toMatchObject({ bytes: 1 });
    const started = performance.now();
    abort.abort();
    expect(await running).toMatchObject({ code: 'CANCELLED', doneBytes: 0 });
    expect(performance.now() - started).toBeLessThan(200);
    // The caller's descriptors are as they were.
    closeSync(openSync(`/proc/self/fd/${writeFd}`, 'w'));
  });

  it('refuses what is no pipe, an unknown hash and a length above the most', async () => {
    const path = target('plain', noise(10));
    const fd = openSync(path, 'r');
    onTestFinished(() => closeSync(fd));
    const request = { fd, destination: side(path), length: 1, most: 1, hashes: [] };
    for (const wrong of [
      request,
      { ...request, fd: 99_999 },
      { ...request, fd: -1 },
      { ...request, length: 2 },
    ])
      expect(await rejection(mover.receive(wrong))).toMatchObject({ code: 'INVALID_REQUEST' });
  });
});

describe('send', () => {
  /** The pool fills a pipe, and a child writes what comes to a file. */
  async function sent(
    request: { source: ReturnType<typeof side>; length: number; blockSize?: number },
    program = 'cat',
    args: string[] = [],
  ): Promise<{ result: StreamResult; bytes: Buffer }> {
    const out = join(here.path, 'sent');
    const outFd = openSync(out, 'w');
    const { readFd, writeFd, closeRead, closeWrite } = pipe();
    const child = spawn(program, args, { stdio: [readFd, outFd, 'inherit'] });
    const ended = new Promise((resolve) => child.on('close', resolve));
    closeRead();
    try {
      const result = await mover.send({
        source: request.source,
        length: request.length,
        fd: writeFd,
        hashes: ['sha256'],
        ...(request.blockSize === undefined ? {} : { io: { blockSize: request.blockSize } }),
      });
      closeWrite();
      await ended;
      return { result, bytes: content(out) };
    } finally {
      closeWrite();
      closeSync(outFd);
    }
  }

  it('gives any range exactly, holes as zeros', { timeout: 60_000 }, async () => {
    const size = 12 * MIB + 13;
    const path = join(here.path, 'sparse-source');
    writeSparse(path, size, [{ offset: 5 * MIB + 3, data: noise(2 * MIB, 3) }]);
    const all = content(path);
    await fc.assert(
      fc.asyncProperty(
        fc.nat(size),
        fc.nat(size),
        fc.constantFrom(undefined, 512, 2 * MIB),
        async (a, b, blockSize) => {
          const [start, end] = [Math.min(a, b), Math.max(a, b)];
          const request = { source: side(path, start), length: end - start };
          const { result, bytes } = await sent(blockSize === undefined ? request : { ...request, blockSize });
          expect(bytes.equals(all.subarray(start, end))).toBe(true);
          expect(result).toEqual({
            bytes: end - start,
            digests: { sha256: digestOf('sha256', all.subarray(start, end)) },
          });
        },
      ),
      { numRuns: 12 },
    );
  });

  it('is STREAM_BROKEN when the reader goes away, before or in the middle', async () => {
    const path = target('large-source', noise(8 * MIB));
    const request = { source: side(path), length: 8 * MIB };
    expect(await rejection(sent(request, 'head', ['-c', '3000000']))).toMatchObject({
      code: 'STREAM_BROKEN',
    });
    const { writeFd, closeRead } = pipe();
    closeRead();
    expect(await rejection(mover.send({ ...request, fd: writeFd, hashes: [] }))).toMatchObject({
      code: 'STREAM_BROKEN',
      doneBytes: 0,
    });
  });

  it('is cancelled within 200 ms while nobody reads', { retry: 2 }, async () => {
    const path = target('stuck-source', noise(8 * MIB));
    const { writeFd } = pipe();
    const abort = new AbortController();
    let filled = (): void => undefined;
    const full = new Promise<void>((resolve) => {
      filled = resolve;
    });
    const running = rejection(
      mover.send(
        { source: side(path), length: 8 * MIB, fd: writeFd, hashes: [], io: { blockSize: 65536 } },
        {
          signal: abort.signal,
          progressIntervalMs: 5,
          onProgress: ({ doneBytes }) => doneBytes > 0 && filled(),
        },
      ),
    );
    await full;
    const started = performance.now();
    abort.abort();
    expect(await running).toMatchObject({ code: 'CANCELLED' });
    expect(performance.now() - started).toBeLessThan(200);
  });

  it('goes through to a receive', async () => {
    const path = target('through', noise(5 * MIB + 1, 6));
    const destination = target('through-to', Buffer.alloc(5 * MIB + 1));
    const { readFd, writeFd, closeWrite } = pipe();
    const length = 5 * MIB + 1;
    const receiving = mover.receive({
      fd: readFd,
      destination: side(destination),
      length,
      most: length,
      hashes: ['md5'],
    });
    const { digests } = await mover.send({ source: side(path), length, fd: writeFd, hashes: ['md5'] });
    closeWrite();
    expect(await receiving).toEqual({ bytes: length, digests });
    expect(content(destination).equals(content(path))).toBe(true);
  });
});
