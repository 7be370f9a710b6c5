import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createInitiator } from '../../src/index.ts';

describe('the local connector', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'scoria-local-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('hands out a path only when it is the promised inode', async () => {
    const path = join(folder, 'volume');
    await writeFile(path, 'x'.repeat(100));
    const { dev, ino } = await stat(path, { bigint: true });
    const connector = createInitiator('local');
    const connection = (inode: bigint) => ({
      driver_volume_type: 'local' as const,
      data: { device_path: path },
      identity: { type: 'inode' as const, dev: String(dev), ino: String(inode) },
    });
    expect(await connector.connect(connection(ino))).toMatchObject({ path, type: 'file', size: 100 });
    await expect(connector.connect(connection(ino + 1n))).rejects.toMatchObject({
      code: 'DEVICE_UNAVAILABLE',
    });
    await rm(path);
    await expect(connector.connect(connection(ino))).rejects.toMatchObject({
      code: 'VOLUME_DEVICE_NOT_FOUND',
    });
  });
});
