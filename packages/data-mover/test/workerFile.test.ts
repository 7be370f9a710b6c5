import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { workerFile } from '../src/workerFile.ts';

/** A package's folder with these empty files. */
function packageWith(...files: string[]): { folder: string; urlOf: (file: string) => string } {
  const folder = mkdtempSync(join(tmpdir(), 'scoria-worker-file-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  for (const name of ['src', 'dist', 'dist/chunks']) mkdirSync(join(folder, name));
  for (const file of files) writeFileSync(join(folder, file), '');
  return { folder, urlOf: (file) => pathToFileURL(join(folder, file)).href };
}

it('is the built one, also for the sources: a thread never strips types', () => {
  const { folder, urlOf } = packageWith('src/worker.ts', 'dist/worker.js');
  const built = join(folder, 'dist/worker.js');
  expect(workerFile(urlOf('src/dataMover.ts'))).toBe(built);
  expect(workerFile(urlOf('dist/index.js'))).toBe(built);
  expect(workerFile(urlOf('dist/chunks/index-1.js'))).toBe(built);
});

it('says where it was looked for and what to do when nothing was built', () => {
  const { folder, urlOf } = packageWith('src/worker.ts');
  expect(() => workerFile(urlOf('src/dataMover.ts'))).toThrow(
    `looked for ${join(folder, 'dist/worker.js')}; npm run build`,
  );
});
