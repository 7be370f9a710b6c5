import { ContractError, type TargetHelper, type TargetSpec, type TargetState } from '@scoria/driver-sdk';
import { describe, expect, it } from 'vitest';
import { limitTargets } from '../src/index.ts';

const specOf = (name: string): TargetSpec => ({
  name,
  iqn: `iqn.2026-01.test:${name}`,
  lun: 0,
  path: '/nowhere',
  serial: name,
  transport: 'iscsi',
});

/** What making and removing needs, in memory; the names in `broken` cannot be made. */
function helperWith(names: readonly string[], broken: readonly string[] = []) {
  const targets = new Set(names.map((name) => specOf(name).iqn));
  let listings = 0;
  const stateOf = (iqn: string): TargetState => ({
    iqn,
    tid: 1,
    luns: [],
    initiators: [],
    accounts: [],
    sessions: [],
  });
  const none = () => Promise.reject(new Error('not asked for here'));
  const helper: TargetHelper = {
    defaultLun: 0,
    transports: ['iscsi'],
    probe: async () => ({ state: 'ready', reason: '' }),
    ensureTarget: async ({ name, iqn }) => {
      if (broken.includes(name)) throw new ContractError('TARGET_CREATE_FAILED', name);
      targets.add(iqn);
      return stateOf(iqn);
    },
    ensureTargets: (specs) => Promise.allSettled(specs.map((spec) => helper.ensureTarget(spec))),
    removeTarget: async (iqn) => void targets.delete(iqn),
    showTarget: async (iqn) => (targets.has(iqn) ? stateOf(iqn) : undefined),
    grant: none,
    revoke: none,
    resize: none,
    listOwned: async () => {
      listings += 1;
      if (listings === 1 && names.includes('down'))
        throw new ContractError('BACKEND_UNAVAILABLE', 'it is down');
      return [...targets].map((reference) => ({ kind: 'target', name: null, reference, detail: {} }));
    },
    close: async () => undefined,
  };
  return { helper, targets };
}

const full = expect.objectContaining({ code: 'NO_MORE_TARGETS' });

describe('limitTargets', () => {
  it('counts what is there, lets it be ensured, and refuses the next', async () => {
    const { helper, targets } = helperWith(['a', 'b', 'c']);
    const limited = limitTargets(helper, { max: 2, option: 'iser_num_targets' });
    await limited.ensureTarget(specOf('c'));
    await expect(limited.ensureTarget(specOf('d'))).rejects.toEqual(full);
    await limited.removeTarget(specOf('a').iqn, 'a', { force: false });
    await expect(limited.ensureTarget(specOf('d'))).rejects.toEqual(full);
    await limited.removeTarget(specOf('b').iqn, 'b', { force: false });
    await limited.ensureTarget(specOf('d'));
    expect(targets.size).toBe(2);
  });

  it('gives each of many its own answer, in their order', async () => {
    const { helper } = helperWith(['a'], ['broken']);
    const limited = limitTargets(helper, { max: 3, option: 'iser_num_targets' });
    const names = ['broken', 'b', 'a', 'c', 'd'];
    const results = await limited.ensureTargets(names.map(specOf));
    expect(results.map((each) => (each.status === 'fulfilled' ? 'made' : each.reason.code))).toEqual([
      'TARGET_CREATE_FAILED',
      'made',
      'made',
      'NO_MORE_TARGETS',
      'NO_MORE_TARGETS',
    ]);
    // What could not be made takes no room.
    await limited.ensureTarget(specOf('c'));
    await expect(limited.ensureTarget(specOf('broken'))).rejects.toEqual(full);
  });

  it('gives room back that a failure took, and counts again when it could not', async () => {
    const { helper } = helperWith(['down'], ['broken']);
    const limited = limitTargets(helper, { max: 2, option: 'iser_num_targets' });
    await expect(limited.ensureTarget(specOf('a'))).rejects.toMatchObject({ code: 'BACKEND_UNAVAILABLE' });
    await expect(limited.ensureTarget(specOf('broken'))).rejects.toMatchObject({
      code: 'TARGET_CREATE_FAILED',
    });
    await limited.ensureTarget(specOf('a'));
  });
});
