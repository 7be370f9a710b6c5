/**
 * Does a piece of work for each of `items`, in their order and as many at once as there are processors for.
 *
 * @param needOf how many processors a piece needs; one that needs more than there are gets all
 * @param work gets the processors that are its own until it ends
 * @returns what came of each, in the same order
 * @throws the first error
 */
export async function onProcessors<Item, Result>(
  items: readonly Item[],
  processors: readonly number[],
  needOf: (item: Item) => number,
  work: (item: Item, own: readonly number[]) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  const free = [...processors];
  const pieces: Promise<void>[] = [];
  const running = new Set<Promise<void>>();
  for (const [index, item] of items.entries()) {
    const need = Math.min(needOf(item), processors.length);
    while (free.length < need) await Promise.race(running);
    const own = free.splice(0, need);
    const piece = work(item, own)
      .then((result) => {
        results[index] = result;
      })
      .finally(() => {
        free.push(...own);
        running.delete(piece);
      });
    pieces.push(piece);
    running.add(piece);
  }
  await Promise.all(pieces);
  return results;
}
