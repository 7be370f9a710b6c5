import { execFileSync } from 'node:child_process';
import { closeSync, ftruncateSync, openSync, statSync, writeSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { MIB, noise, type TestDirectory, testDirectory } from './harness.ts';

const script = fileURLToPath(new URL('./fixtures/memory.ts', import.meta.url));

/** A sparse volume with so much that does not compress, in pieces all over it. */
function sparse(directory: TestDirectory, name: string, sizeBytes: number, dataMib: number): string {
  const path = directory.file(name);
  const fd = openSync(path, 'w');
  ftruncateSync(fd, sizeBytes);
  for (let piece = 0; piece < dataMib; piece += 1) {
    const at = Math.floor((piece * (sizeBytes - MIB)) / Math.max(1, dataMib - 1));
    writeSync(fd, noise(MIB, piece + 1), 0, MIB, at);
  }
  closeSync(fd);
  return path;
}

it.each([
  { what: 'much data', sizeBytes: 256 * MIB, dataMib: 200 },
  { what: 'a large volume', sizeBytes: 24 * 1024 * MIB, dataMib: 50 },
])('takes no more than 256 MiB of memory for $what', { timeout: 180_000 }, ({ sizeBytes, dataMib }) => {
  // Volume, repository and copy of it are too much to lie in memory.
  using directory = testDirectory('disk');
  const volume = sparse(directory, 'volume', sizeBytes, dataMib);
  const destination = sparse(directory, 'destination', sizeBytes, 0);
  const used = execFileSync(
    process.execPath,
    ['--conditions=scoria-source', script, directory.file('repository'), volume, destination],
    { encoding: 'utf8' },
  );
  console.log(`${used} MiB`);
  expect(Number(used)).toBeLessThan(256);
  // Nor of the disk than there is data: the rest is known to be zero, and is not written.
  expect(statSync(destination).blocks * 512).toBeLessThan((dataMib + 50) * MIB);
});
