import { join } from 'node:path';
import { iscsiOverFiles } from '../../e2e/contract/combinations.ts';
import { type RunningBackend, startBackend } from '../../e2e/contract/support/backend.ts';

/** Target helpers of the iSCSI driver that the lab has. */
export type LabHelper = 'tgtadm' | 'lioadm';

/** The built iSCSI driver over the file store, on LIO or on a tgtd that it starts itself. */
export function startIscsiBackend(
  helper: LabHelper,
  addresses: readonly [string, ...string[]],
): Promise<RunningBackend> {
  const [main, ...others] = addresses;
  const files = iscsiOverFiles(helper);
  return startBackend({
    ...files,
    options: (directory) => ({
      ...files.options(directory),
      iscsi_ip_address: main,
      iscsi_secondary_ip_addresses: others,
      ...(helper === 'tgtadm' && {
        tgt_control_socket: join(directory, 'tgtd'),
        tgt_spawn: true,
        tgt_stop_on_close: true,
      }),
    }),
  });
}
