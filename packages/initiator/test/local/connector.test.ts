import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createInitiator, LocalConnector } from '../../src/index.ts';

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

  it('knows a device-mapper device by its UUID', async () => {
    const device = (await readdir('/dev')).find((name) => /^(vda|sda|nvme0n1|loop0)$/.test(name));
    if (device === undefined) throw new Error('this machine has no block device to look at');
    const path = join('/dev', device);
    // This kernel may have no device-mapper: what sysfs says about the device is made up, its number is real.
    const { rdev } = await stat(path);
    const shown = join(folder, 'sys/dev/block', `${(rdev >> 8) & 0xfff}:${rdev & 0xff}`);
    await mkdir(join(shown, 'dm'), { recursive: true });
    await writeFile(join(shown, 'size'), '2048\n');
    await writeFile(join(shown, 'dm/uuid'), 'LVM-abc\n');
    const connector = new LocalConnector({ sysfsRoot: join(folder, 'sys') });
    const connection = (uuid: string) => ({
      driver_volume_type: 'local' as const,
      data: { device_path: path },
      identity: { type: 'dm' as const, uuid },
    });
    expect(await connector.connect(connection('LVM-abc'))).toMatchObject({ type: 'block', size: 2 ** 20 });
    await expect(connector.connect(connection('LVM-xyz'))).rejects.toMatchObject({
      code: 'DEVICE_UNAVAILABLE',
    });
  });
});
