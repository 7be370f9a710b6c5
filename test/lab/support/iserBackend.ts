import { join } from 'node:path';
import { type IserHelper, iserOverFiles } from '../../e2e/contract/combinations.ts';
import type { Combination } from '../../e2e/contract/support/combination.ts';
import { RDMA_ADDRESS } from './softRoce.ts';

/** The iSER driver over the file store at the RDMA interface, on LIO or on a tgtd that it starts itself. */
export function iserBackend(helper: IserHelper): Omit<Combination, 'title'> {
  const files = iserOverFiles(helper);
  return {
    ...files,
    options: (directory) => ({
      ...files.options(directory),
      // A filesystem of its own: by its reflinks volumes in use are copied, and the guest's memory has none.
      file_store_image: join(directory, 'store.img'),
      file_store_image_size: 1,
      file_store_image_unmount: true,
      iser_ip_address: RDMA_ADDRESS,
      ...(helper !== 'lioadm' && {
        tgt_control_socket: join(directory, 'tgtd'),
        tgt_spawn: true,
        tgt_stop_on_close: true,
        tgt_iser_pool_mb: 64,
      }),
    }),
  };
}
