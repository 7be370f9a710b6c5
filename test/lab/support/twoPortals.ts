import { run } from '@scoria/host-exec';

/** An interface with an address of this host. */
export interface Portal {
  readonly device: string;
  readonly address: string;
}

/** Two interfaces with an address each: what a target with two portals listens at. */
export const PORTALS = [
  { device: 'mp0', address: '10.77.0.1' },
  { device: 'mp1', address: '10.77.1.1' },
] as const;

/** Makes the interfaces; they go when it is disposed of. */
export async function makePortals(): Promise<AsyncDisposable> {
  await run('modprobe', ['dummy', 'numdummies=0']);
  for (const { device, address } of PORTALS) {
    await run('ip', ['link', 'add', device, 'type', 'dummy']);
    await run('ip', ['address', 'add', `${address}/24`, 'dev', device]);
    await run('ip', ['link', 'set', device, 'up']);
  }
  return {
    [Symbol.asyncDispose]: async () => {
      for (const { device } of PORTALS) await run('ip', ['link', 'delete', device], { exitCodes: 'any' });
    },
  };
}

/**
 * Cuts a portal off: the kernel has no way to its address any more, and what is sent there is lost. A link that is down would not do: the
 * host reaches its own addresses all the same.
 */
export async function setPortal({ device, address }: Portal, state: 'up' | 'down'): Promise<void> {
  const verb = state === 'up' ? 'replace' : 'delete';
  await run('ip', ['address', verb, `${address}/24`, 'dev', device], {
    exitCodes: state === 'up' ? 0 : 'any',
  });
}
