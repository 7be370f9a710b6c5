import { join } from 'node:path';
import { type IserHelper, iserOverFiles } from '../../e2e/contract/combinations.ts';
import type { Combination } from '../../e2e/contract/support/combination.ts';
import { RDMA_ADDRESS } from './softRoce.ts';

/** The iSER driver over the file store, on LIO or on a tgtd that it starts itself, with a portal at each of the addresses. */
export function iserBackend(
  helper: IserHelper,
  [main, ...others]: readonly [string, ...string[]] = [RDMA_ADDRESS],
): Omit<Combination, 'title'> {
  const files = iserOverFiles(helper);
  return {
    ...files,
    options: (directory) => ({
      ...files.options(directory),
      // A filesystem of its own: by its reflinks volumes in use are copied, and the guest's memory has none.
      file_store_image: join(directory, 'store.img'),
      file_store_image_size: 1,
      file_store_image_unmount: true,
      iser_ip_address: main,
      iscsi_secondary_ip_addresses: others,
      ...(helper !== 'lioadm' && {
        tgt_control_socket: join(directory, 'tgtd'),
        tgt_spawn: true,
        tgt_stop_on_close: true,
        tgt_iser_pool_mb: 64,
      }),
    }),
  };
}
