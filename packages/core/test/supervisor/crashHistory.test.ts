import { describe, expect, it } from 'vitest';
import { CrashHistory } from '../../src/supervisor/crashHistory.ts';
import { defaultSupervisorSettings } from '../../src/supervisor/settings.ts';

const minute = 60_000;
const make = () => new CrashHistory(defaultSupervisorSettings);

describe('CrashHistory with the default settings', () => {
  it('waits 1 s, doubling up to 60 s', () => {
    const history = make();
    const waits = Array.from({ length: 9 }, () => history.nextWaitMs() / 1000);
    expect(waits).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60]);
  });

  it('says one too many at the fifth crash within five minutes', () => {
    const history = make();
    expect([0, 1, 2, 3, 4].map((at) => history.crashed(at * minute))).toEqual([
      false,
      false,
      false,
      false,
      true,
    ]);
  });

  it('forgets crashes that are older than five minutes', () => {
    const history = make();
    for (const at of [0, 1, 2, 3]) history.crashed(at * minute);
    expect(history.crashed(5 * minute)).toBe(false);
    expect(history.count(5 * minute)).toBe(4);
    expect(history.count(60 * minute)).toBe(0);
  });

  it('starts small again after the driver has served for long', () => {
    const history = make();
    for (let i = 0; i < 5; i += 1) history.nextWaitMs();
    history.servedFor(minute);
    expect(history.nextWaitMs()).toBe(32_000);
    history.servedFor(5 * minute);
    expect(history.nextWaitMs()).toBe(1_000);
  });
});
