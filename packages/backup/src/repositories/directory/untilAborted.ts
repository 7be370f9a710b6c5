/**
 * Waits for work that cannot be interrupted, and turns away from it when somebody aborts: it goes on alone, and nobody hears of its end.
 *
 * @throws DOMException AbortError; and what `work` rejects with
 */
export async function untilAborted(work: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  if (signal === undefined) return await work;
  work.catch(() => undefined); // told below, or nobody's any more
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const turnAway = (): void => reject(new DOMException('aborted', 'AbortError'));
  signal.addEventListener('abort', turnAway, { once: true });
  try {
    if (signal.aborted) turnAway();
    await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', turnAway);
  }
}
