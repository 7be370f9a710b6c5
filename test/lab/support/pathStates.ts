import { run } from '@scoria/host-exec';
import type { AttachedDevice } from '@scoria/initiator';
import { waitFor } from '@scoria-test/support';

/** State of a path of a multipath map. */
export type PathState = 'active' | 'failed';

/** The state of each path of a map, by the kernel's own word. */
export async function pathStates(device: AttachedDevice): Promise<PathState[]> {
  const { stdout } = await run('dmsetup', ['status', device.path]);
  return [...stdout.matchAll(/\b\d+:\d+ ([AF]) \d+/g)].map(([, state]) =>
    state === 'A' ? 'active' : 'failed',
  );
}

/** Waits until the paths of a map are in these states, in whatever order. */
export async function untilPaths(
  device: AttachedDevice,
  wanted: readonly PathState[],
  timeoutMs = 120_000,
): Promise<void> {
  await waitFor(
    `paths that are ${wanted.join(', ')}`,
    async () => [...(await pathStates(device))].sort().join() === [...wanted].sort().join(),
    { timeoutMs, intervalMs: 500 },
  );
}
