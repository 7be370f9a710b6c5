import { readdir } from 'node:fs/promises';
import { run } from '@scoria/host-exec';
import { waitFor } from '@scoria-test/support';

/** Address of the RDMA interface. */
export const RDMA_ADDRESS = '10.79.0.1';

const NETDEV = 'roce0';
const DEVICE = 'rxe0';

/** RDMA without hardware: soft RoCE over an interface of its own. The initiator's and the target's modules are loaded, too. */
export async function makeSoftRoce(): Promise<AsyncDisposable> {
  await run('modprobe', ['dummy', 'numdummies=0']);
  await run('modprobe', ['-a', 'rdma_rxe', 'rdma_ucm', 'ib_uverbs', 'ib_iser', 'ib_isert']);
  await run('ip', ['link', 'add', NETDEV, 'type', 'dummy']);
  await run('ip', ['address', 'add', `${RDMA_ADDRESS}/24`, 'dev', NETDEV]);
  await run('ip', ['link', 'set', NETDEV, 'up']);
  await run('rdma', ['link', 'add', DEVICE, 'type', 'rxe', 'netdev', NETDEV]);
  await waitFor('the RDMA device', async () => {
    const names = await readdir('/dev/infiniband').catch((): string[] => []);
    return names.includes('rdma_cm') && names.some((name) => name.startsWith('uverbs'));
  });
  return {
    [Symbol.asyncDispose]: async () => {
      await run('rdma', ['link', 'delete', DEVICE], { exitCodes: 'any' });
      await run('ip', ['link', 'delete', NETDEV], { exitCodes: 'any' });
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
