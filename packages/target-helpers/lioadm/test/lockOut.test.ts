import { expect, it } from 'vitest';
import { showAcl } from '../src/kernel/showTarget.ts';
import { lockOut } from '../src/target/acl.ts';
import { accessOf, specOf, stage, wordsOf } from './fixtures/stage.ts';

it.each([{ chap: true }, { chap: false }])(
  'whoever is locked out keeps its session and begins none, and is let in again as before (CHAP $chap)',
  async ({ chap }) => {
    const { kernel, helper, file } = await stage();
    const a = accessOf('a', chap ? {} : { chap: null });
    const spec = specOf('v', await file('v'), { access: [a] });
    const lio = await helper();
    await lio.ensureTarget(spec);
    await kernel.login(spec.iqn, a.initiator, wordsOf(a));
    const before = await showAcl(kernel, spec.iqn, a.initiator);
    const letIn = await lockOut(kernel, spec.iqn, before);
    expect((await lio.showTarget(spec.iqn))?.sessions).toHaveLength(1);
    expect(await kernel.login(spec.iqn, a.initiator, wordsOf(a))).toBe(false);
    await letIn();
    expect(await showAcl(kernel, spec.iqn, a.initiator)).toEqual(before);
    expect(await kernel.login(spec.iqn, a.initiator, wordsOf(a))).toBe(true);
  },
);
