import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { DirectoryRepository } from '../../../src/repositories/directory/directoryRepository.ts';
import { repositorySuite } from '../repositorySuite.ts';

const root = mkdtempSync(join(tmpdir(), 'directory-repository-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

let made = 0;
repositorySuite('directory', undefined, () => ({
  make: async () => {
    made += 1;
    return new DirectoryRepository({ path: join(root, `repository-${made}`), require_mount: false });
  },
}));
