import { expect, it } from 'vitest';
import { assertTransition, serves } from '../../src/supervisor/state.ts';

it('only the transitions of the table are possible', () => {
  expect(() => assertTransition('stopped', 'ready')).toThrow('a driver cannot go from stopped to ready');
  expect(() => assertTransition('quarantined', 'starting')).toThrow();
  expect(() => assertTransition('draining', 'ready')).toThrow();
  assertTransition('ready', 'draining');
});

it('calls are taken when ready and when degraded', () => {
  expect(serves('ready')).toBe(true);
  expect(serves('degraded')).toBe(true);
  expect(serves('draining')).toBe(false);
});
