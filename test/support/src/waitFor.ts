import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Waits until `condition` answers something other than undefined or false, asking every `intervalMs`.
 * @throws Error naming `what` when `timeoutMs` passes.
 */
export async function waitFor<Value>(
  what: string,
  condition: () => Promise<Value | undefined | false> | Value | undefined | false,
  options: { readonly timeoutMs?: number; readonly intervalMs?: number } = {},
): Promise<Value> {
  const { timeoutMs = 30_000, intervalMs = 25 } = options;
  const end = Date.now() + timeoutMs;
  for (;;) {
    const value = await condition();
    if (value !== undefined && value !== false) return value;
    if (Date.now() > end) throw new Error(`waited ${timeoutMs} ms in vain for ${what}`);
    await sleep(intervalMs);
  }
}
