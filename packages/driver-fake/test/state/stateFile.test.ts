import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openInProcess } from '../support/inProcess.ts';
import { connector, snapshotOf, volume } from '../support/objects.ts';

async function temporary(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'scoria-fake-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

describe('state file', () => {
  it('brings everything back, credentials included', async () => {
    const folder = await temporary();
    const section = { fake_state_file: join(folder, 'state.json') };
    const one = volume();
    const call = { volume: one, connector: connector() };
    const before = await openInProcess(section);
    await before.createVolume({ volume: one });
    await before.createSnapshot({ snapshot: snapshotOf(one) });
    await before.createExport({ volume: one });
    const first = await before.initializeConnection(call);
    const after = await openInProcess(section);
    expect(await after.listOwned({})).toEqual(await before.listOwned({}));
    expect(JSON.stringify(first)).toContain('[secret]');
    const again = await after.initializeConnection(call);
    const [one_, two_] = [first, again].map(({ connectionInfo }) =>
      connectionInfo.driver_volume_type === 'iscsi' ? connectionInfo.data.auth_password?.reveal() : undefined,
    );
    expect(one_).toMatch(/\w{12,}/);
    expect(two_).toBe(one_);
  });

  it('is nobody else’s, and is replaced in one step', async () => {
    const folder = await temporary();
    const driver = await openInProcess({ fake_state_file: join(folder, 'state.json') });
    await writeFile(join(folder, 'state.json.next'), 'left by a crash', { mode: 0o644 });
    await driver.createVolume({ volume: volume() });
    expect(await readdir(folder)).toEqual(['state.json']);
    expect((await stat(join(folder, 'state.json'))).mode & 0o777).toBe(0o600);
  });

  it('is not written by what changes nothing', async () => {
    const folder = await temporary();
    const driver = await openInProcess({ fake_state_file: join(folder, 'state.json') });
    await driver.listOwned({});
    await driver.getVolumeStats({ refresh: true });
    expect(await readdir(folder)).toEqual([]);
  });

  it.each(['', 'rubbish', '{"format": 2}', '{"format": 1, "volumes": {"../x": {}}}'])(
    'is refused when it holds %j',
    async (text) => {
      const file = join(await temporary(), 'state.json');
      await writeFile(file, text);
      await expect(openInProcess({ fake_state_file: file })).rejects.toMatchObject({
        code: 'INVALID_CONFIGURATION',
        details: { option: 'fake_state_file' },
      });
    },
  );
});
