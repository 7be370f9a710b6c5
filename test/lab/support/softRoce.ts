import { readdir } from 'node:fs/promises';
import { run } from '@scoria/host-exec';
import { waitFor } from '@scoria-test/support';

/** RDMA devices, each over an interface with an address of its own: what a target with two portals listens at. */
export const RDMA_PORTALS = [
  { device: 'roce0', rdma: 'rxe0', address: '10.79.0.1' },
  { device: 'roce1', rdma: 'rxe1', address: '10.79.1.1' },
] as const;

/** Address of the first. */
export const RDMA_ADDRESS = RDMA_PORTALS[0].address;

/** RDMA without hardware: soft RoCE over interfaces of its own. The initiator's and the target's modules are loaded, too. */
export async function makeSoftRoce(count: 1 | 2 = 1): Promise<AsyncDisposable> {
  const portals = RDMA_PORTALS.slice(0, count);
  await run('modprobe', ['dummy', 'numdummies=0']);
  await run('modprobe', ['-a', 'rdma_rxe', 'rdma_ucm', 'ib_uverbs', 'ib_iser', 'ib_isert']);
  for (const { device, rdma, address } of portals) {
    await run('ip', ['link', 'add', device, 'type', 'dummy']);
    await run('ip', ['address', 'add', `${address}/24`, 'dev', device]);
    await run('ip', ['link', 'set', device, 'up']);
    await run('rdma', ['link', 'add', rdma, 'type', 'rxe', 'netdev', device]);
  }
  await waitFor('the RDMA devices', async () => {
    const names = await readdir('/dev/infiniband').catch((): string[] => []);
    const verbs = names.filter((name) => name.startsWith('uverbs'));
    return names.includes('rdma_cm') && verbs.length >= count;
  });
  return {
    [Symbol.asyncDispose]: async () => {
      for (const { device, rdma } of portals) {
        await run('rdma', ['link', 'delete', rdma], { exitCodes: 'any' });
        await run('ip', ['link', 'delete', device], { exitCodes: 'any' });
      }
    },
  };
}

/** What RDMA shows: devices, connections; for a test that fails. */
export async function describeRdma(): Promise<string> {
  const shown: string[] = [];
  for (const words of [['link'], ['resource', 'show', 'cm_id'], ['resource', 'show', 'qp']]) {
    const { stdout, stderr } = await run('rdma', words, { exitCodes: 'any' });
    shown.push(`$ rdma ${words.join(' ')}\n${stdout}${stderr}`);
  }
  return shown.join('\n');
}
