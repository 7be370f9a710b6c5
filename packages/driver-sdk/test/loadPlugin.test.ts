import { describe, expect, it } from 'vitest';
import noop from './fixtures/noop-driver.ts';
import { configured, fixture, talk } from './talk.ts';

const helper = { kind: 'target-helper', name: 'testhelper', entry: fixture('helper.ts') };

/** What configure answers when the driver asks for a helper. */
async function refusal(options: Record<string, unknown>, plugins: unknown[]): Promise<unknown> {
  const { initialize, configure } = talk(noop);
  await initialize();
  return configure(options, { plugins }).then(
    () => 'no refusal',
    (error: { data: unknown }) => error.data,
  );
}

describe('a driver that loads a plugin', () => {
  it('gets an instance made with its own options out of the flat section', async () => {
    const { peer, logs, served } = await configured(
      { helper: 'testhelper', volumes_dir: '/srv/x', iscsi_port: 1 },
      { plugins: [helper] },
    );
    expect(await peer.call('probe', {})).toEqual({ state: 'degraded', reason: 'helper in /srv/x' });
    expect(logs).toContainEqual(
      expect.objectContaining({
        msg: 'helper made',
        plugin: 'testhelper',
        backend: 'b1',
        options: { volumes_dir: '/srv/x' },
      }),
    );
    await served.close();
    expect(logs.at(-1)).toMatchObject({ msg: 'helper closed' });
  });

  it.each([
    [
      'that is not installed',
      'other',
      [helper],
      'the target-helper "other" is not installed (testhelper is)',
    ],
    ['when none is installed', 'other', [], 'is not installed (none is)'],
    [
      'without default export',
      'x',
      [{ ...helper, name: 'x', entry: fixture('no-default.ts') }],
      'does not export by default what defineTargetHelper() returns',
    ],
    [
      'that throws when imported',
      'x',
      [{ ...helper, name: 'x', entry: fixture('throws-at-import.ts') }],
      'cannot be loaded: the vendor library is missing',
    ],
    [
      'that is not there',
      'x',
      [{ ...helper, name: 'x', entry: fixture('absent.ts') }],
      'cannot be loaded: Cannot find module',
    ],
    ['that is another', 'x', [{ ...helper, name: 'x' }], 'its entry says "testhelper"'],
    [
      'that is a driver',
      'x',
      [{ ...helper, name: 'x', entry: fixture('noop-driver.ts') }],
      'does not export by default what defineTargetHelper() returns',
    ],
  ])('%s gets INVALID_CONFIGURATION', async (_, name, plugins, says) => {
    expect(await refusal({ helper: name }, plugins)).toMatchObject({
      code: 'INVALID_CONFIGURATION',
      message: expect.stringContaining(says),
    });
  });

  it('whose option is wrong is told which', async () => {
    expect(await refusal({ helper: 'testhelper', volumes_dir: 'relative' }, [helper])).toMatchObject({
      code: 'INVALID_CONFIGURATION',
      message: expect.stringContaining('target-helper "testhelper": volumes_dir: '),
      details: { option: 'volumes_dir' },
    });
  });
});
