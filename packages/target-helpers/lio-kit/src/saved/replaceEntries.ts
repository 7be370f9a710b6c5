/** Puts entries of a list in the place of those that were there, or takes them out (null); new ones come last. */
export function replaceEntries<T>(
  old: readonly T[],
  keyOf: (entry: T) => unknown,
  replacements: ReadonlyMap<string, T | null>,
): T[] {
  const left = new Map<unknown, T | null>(replacements);
  const kept = old.flatMap((entry) => {
    const key = keyOf(entry);
    const replacement = left.get(key);
    if (replacement === undefined) return replacements.has(String(key)) ? [] : [entry];
    left.delete(key);
    return replacement === null ? [] : [replacement];
  });
  return [...kept, ...[...left.values()].filter((each) => each !== null)];
}
