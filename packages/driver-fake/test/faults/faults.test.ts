import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ContractError } from '@scoria/driver-sdk';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Crashed, openInProcess } from '../support/inProcess.ts';
import { volume } from '../support/objects.ts';

const names = async (driver: Awaited<ReturnType<typeof openInProcess>>): Promise<(string | null)[]> =>
  (await driver.listOwned({})).objects.map(({ name }) => name);

describe('failure knobs', () => {
  it('fails before the effect, with the code it was given, as often as it was told', async () => {
    const driver = await openInProcess({
      fake_faults: [
        { operation: 'createVolume', action: 'fail', code: 'NO_SPACE', message: 'full', times: 2 },
      ],
    });
    const one = volume();
    for (const _ of [1, 2]) {
      await expect(driver.createVolume({ volume: one })).rejects.toMatchObject({
        code: 'NO_SPACE',
        message: 'full',
      });
    }
    expect(await names(driver)).toEqual([]);
    await driver.createVolume({ volume: one });
    expect(await names(driver)).toEqual([one.name]);
  });

  it('fails after the effect: the effect stays', async () => {
    const driver = await openInProcess({
      fake_faults: [{ operation: 'createVolume', when: 'after', action: 'fail', times: 1 }],
    });
    const one = volume();
    await expect(driver.createVolume({ volume: one })).rejects.toMatchObject({ code: 'BACKEND_ERROR' });
    expect(await names(driver)).toEqual([one.name]);
    await driver.createVolume({ volume: one });
  });

  it('strikes only the volume it is for, by name or by id', async () => {
    const [one, two, three] = [volume(), volume(), volume()];
    const driver = await openInProcess({
      fake_faults: [
        { operation: 'createVolume', action: 'fail', match: one.name },
        { operation: '*', action: 'fail', match: two.id },
      ],
    });
    await expect(driver.createVolume({ volume: one })).rejects.toThrow();
    await expect(driver.createVolume({ volume: two })).rejects.toThrow();
    await driver.createVolume({ volume: three });
  });

  it('crashes before and after the effect', async () => {
    const one = volume();
    for (const [when, left] of [
      ['before', []],
      ['after', [one.name]],
    ] as const) {
      const driver = await openInProcess({
        fake_faults: [{ operation: 'createVolume', when, action: 'crash' }],
      });
      await expect(driver.createVolume({ volume: one })).rejects.toThrow(Crashed);
      expect(await names(driver)).toEqual(left);
    }
  });

  it('hangs without holding up others, and cannot be cancelled', async () => {
    const [one, two] = [volume(), volume()];
    const driver = await openInProcess({
      fake_faults: [{ operation: 'createVolume', when: 'after', action: 'hang', match: one.name }],
    });
    const abort = new AbortController();
    let settled = false;
    void driver.createVolume({ volume: one }, { signal: abort.signal }).finally(() => {
      settled = true;
    });
    await driver.createVolume({ volume: two });
    abort.abort();
    await driver.createVolume({ volume: two });
    expect(settled).toBe(false);
    expect(await names(driver)).toEqual([one.name, two.name]);
  });

  it('is cancelled in a delay before the effect, with no effect', async () => {
    const driver = await openInProcess({
      fake_faults: [{ operation: 'createVolume', action: 'delay', ms: 60_000 }],
    });
    const abort = new AbortController();
    const call = driver.createVolume({ volume: volume() }, { signal: abort.signal });
    abort.abort(new ContractError('CANCELLED', 'cancelled by the test'));
    await expect(call).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(await names(driver)).toEqual([]);
  });

  it('answers late after the effect, cancelled or not', async () => {
    const driver = await openInProcess({
      fake_faults: [{ operation: 'createVolume', when: 'after', action: 'delay', ms: 30 }],
    });
    const abort = new AbortController();
    const started = performance.now();
    const call = driver.createVolume({ volume: volume() }, { signal: abort.signal });
    setTimeout(() => abort.abort(), 5);
    expect(await call).toEqual({ update: {}, work: [] });
    expect(performance.now() - started).toBeGreaterThanOrEqual(29);
  });

  it('blocks the event loop', async () => {
    const driver = await openInProcess({
      fake_faults: [{ operation: 'getVersion', action: 'block', ms: 60 }],
    });
    const started = performance.now();
    let turned = Number.POSITIVE_INFINITY;
    const call = driver.getVersion({});
    await new Promise((resolve) => setImmediate(resolve));
    setTimeout(() => {
      turned = performance.now() - started;
    }, 1);
    await call;
    await new Promise((resolve) => setTimeout(resolve, 2));
    expect(turned).toBeGreaterThanOrEqual(55);
  });

  it('lies before the effect: says done, and has done nothing', async () => {
    const driver = await openInProcess({
      fake_faults: [{ operation: 'deleteVolume', action: 'lie', times: 1 }],
    });
    const one = volume();
    await driver.createVolume({ volume: one });
    expect(await driver.deleteVolume({ volume: one })).toEqual({ work: [] });
    expect(await names(driver)).toEqual([one.name]);
    await driver.deleteVolume({ volume: one });
    expect(await names(driver)).toEqual([]);
  });

  it('lies after the effect: the answer breaks the schema', async () => {
    const driver = await openInProcess({
      fake_faults: [{ operation: 'deleteVolume', when: 'after', action: 'lie' }],
    });
    const one = volume();
    await driver.createVolume({ volume: one });
    await expect(driver.deleteVolume({ volume: one })).rejects.toMatchObject({ name: 'ZodError' });
    expect(await names(driver)).toEqual([]);
  });

  it('fails to start', async () => {
    const fault = { operation: 'configure', action: 'fail', code: 'INVALID_CONFIGURATION' } as const;
    await expect(openInProcess({ fake_faults: [fault] })).rejects.toMatchObject({
      code: 'INVALID_CONFIGURATION',
    });
  });

  it.each([
    { operation: 'createVolumes', action: 'fail' },
    { operation: 'createVolume', action: 'explode' },
    { operation: 'createVolume', action: 'fail', code: 'OOPS' },
    { operation: 'createVolume', action: 'fail', after: true },
  ])('refuses the knob %j', async (fault) => {
    await expect(openInProcess({ fake_faults: [fault as never] })).rejects.toThrow();
  });
});

describe('control file', () => {
  async function controlled() {
    const folder = await mkdtemp(join(tmpdir(), 'scoria-fake-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    const file = join(folder, 'faults.json');
    return {
      driver: await openInProcess({ fake_faults_file: file }),
      set: (text: string) => writeFile(file, text),
    };
  }
  const failing = JSON.stringify([{ operation: 'getVersion', action: 'fail', code: 'ABORTED', times: 1 }]);

  it('is read again at each call; its counts hold until it changes', async () => {
    const { driver, set } = await controlled();
    await driver.getVersion({});
    await set(failing);
    await expect(driver.getVersion({})).rejects.toMatchObject({ code: 'ABORTED' });
    await driver.getVersion({});
    await set(`${failing}\n`);
    await expect(driver.getVersion({})).rejects.toMatchObject({ code: 'ABORTED' });
    await set('[]');
    await driver.getVersion({});
  });

  it.each(['nonsense', '{}', '[{"operation": "fly", "action": "fail"}]'])(
    'says that %s is no list of faults',
    async (text) => {
      const { driver, set } = await controlled();
      await set(text);
      await expect(driver.getVersion({})).rejects.toMatchObject({
        code: 'INVALID_CONFIGURATION',
        details: { option: 'fake_faults_file' },
      });
    },
  );
});
