import { z } from '@scoria/driver-sdk';
import { decodeState, type FakeState, fakeStateSchema } from './fakeState.ts';

/** A deep copy, secrets included (a structured clone would lose them). */
export function copyState(state: FakeState): FakeState {
  const copy = decodeState(z.encode(fakeStateSchema, state));
  if (copy === undefined) throw new Error('the state does not satisfy its own schema');
  return copy;
}
