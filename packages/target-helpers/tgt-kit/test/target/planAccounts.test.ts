import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planAccounts } from '../../src/target/applyAccess.ts';

const ANCHOR = 'scoria-anchor';

/** tgtd's slots: an account takes the first free one; a free one before a taken one kills the daemon at its next listing. */
function simulate(bound: readonly string[], plan: ReturnType<typeof planAccounts>) {
  const slots: (string | null)[] = [...bound];
  let wasEmpty = false;
  const check = () => {
    const firstFree = slots.indexOf(null);
    expect(firstFree === -1 || slots.slice(firstFree).every((slot) => slot === null)).toBe(true);
    wasEmpty ||= slots.every((slot) => slot === null);
  };
  for (const name of plan.unbind) {
    slots[slots.indexOf(name)] = null;
    check();
  }
  for (const name of plan.bind) {
    const free = slots.indexOf(null);
    if (free === -1) slots.push(name);
    else slots[free] = name;
    check();
  }
  return { left: slots.filter((slot) => slot !== null), wasEmpty };
}

const names = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd', 'e'), { maxLength: 5 });

describe('planAccounts', () => {
  it('reaches the wanted accounts without ever leaving a hole, and says when none is bound for a moment', () => {
    fc.assert(
      fc.property(names, names, names, fc.boolean(), (boundNames, wantedNames, renewed, isAnchored) => {
        const bound = isAnchored ? [ANCHOR, ...boundNames] : boundNames;
        const wanted = wantedNames.length === 0 ? [] : [ANCHOR, ...wantedNames];
        const plan = planAccounts(bound, wanted, new Set(renewed));
        const { left, wasEmpty } = simulate(bound, plan);
        expect(new Set(left.filter((name) => name !== ANCHOR))).toEqual(new Set(wantedNames));
        if (wantedNames.length > 0) expect(left).toContain(ANCHOR);
        if (wantedNames.length > 0 && bound.length > 0 && wasEmpty) expect(plan.open).toBe(true);
        for (const name of renewed) if (wanted.includes(name)) expect(plan.bind).toContain(name);
      }),
    );
  });

  it('never opens a target that has its anchor first', () => {
    fc.assert(
      fc.property(names, names, names, (bound, wanted, renewed) => {
        expect(planAccounts([ANCHOR, ...bound], [ANCHOR, ...wanted], new Set(renewed)).open).toBe(false);
      }),
    );
  });

  it('only touches what comes after the account that goes', () => {
    expect(planAccounts([ANCHOR, 'a', 'b', 'c'], [ANCHOR, 'a', 'c'], new Set())).toEqual({
      unbind: ['c', 'b'],
      bind: ['c'],
      open: false,
    });
  });
});
