import fc from 'fast-check';
import type { Choose } from './wireSample.ts';

/** An arbitrary {@link Choose}: a random tape that is read round and round, so that a failure can be replayed. */
export const choices: fc.Arbitrary<Choose> = fc
  .array(fc.nat({ max: 9_999 }), { minLength: 8, maxLength: 64 })
  .map((tape) => {
    let position = 0;
    return (count) => {
      const drawn = tape[position % tape.length] ?? 0;
      position += 1;
      return drawn % count;
    };
  });
