/**
 * The order of a round: in each another one begins, and each comes after another one than in the round before, as far as their number
 * allows. A disk that is still busy with what one contender left, or gave it more than its share, would else favour the same one always.
 */
export function orderOf<Each>(all: readonly Each[], round: number): Each[] {
  const { length } = all;
  const steps = all.map((_, index) => index).filter((step) => greatestCommonDivisor(step, length) === 1);
  const step = steps[round % Math.max(1, steps.length)] ?? 0;
  return all.map((_, index) => all[(round + index * step) % length] as Each);
}

function greatestCommonDivisor(one: number, other: number): number {
  return other === 0 ? one : greatestCommonDivisor(other, one % other);
}
