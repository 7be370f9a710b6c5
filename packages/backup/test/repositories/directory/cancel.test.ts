import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import { DirectoryRepository } from '../../../src/repositories/directory/directoryRepository.ts';
import { noStandingFiles, standingFile } from '../../fixtures/standingFile.ts';

function testDirectory(): string {
  const path = mkdtempSync(join(tmpdir(), 'directory-repository-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

it.skipIf(noStandingFiles)(
  'who cancels does not wait for a disk that stands still, and nothing is stored',
  async () => {
    const root = testDirectory();
    writeFileSync(join(root, 'pack'), Buffer.alloc(64 * 1024, 7));
    const pack = await standingFile(join(root, 'pack'));
    onTestFinished(pack.remove);
    const repository = new DirectoryRepository({ path: join(root, 'repository'), require_mount: false });
    await repository.open();
    const abort = new AbortController();
    await pack.stand();
    const stored = repository.putFile('v/packs/p', pack.path, abort.signal);
    const standing = delay(200, 'standing');
    expect(await Promise.race([stored.catch(() => 'over'), standing])).toBe('standing');
    abort.abort();
    // The daemon is stopped until the end of the test: were it waited for, this would never come.
    await expect(stored).rejects.toMatchObject({ code: 'CANCELLED' });
    pack.resume();
    expect(await repository.size('v/packs/p')).toBeNull();
    expect(readdirSync(join(root, 'repository/.temporary'))).toEqual([]);
  },
);
