import { join } from 'node:path';
import { run } from '@scoria/host-exec';
import { temporaryDirectory } from '@scoria-test/support';
import { iscsiOverFiles } from '../../e2e/contract/combinations.ts';
import { prepareBackend, type RunningBackend } from '../../e2e/contract/support/backend.ts';

/** A driver of the guest takes its time. */
const START_MS = 110_000;

/** Target helpers of the iSCSI driver that the lab has. */
export type LabHelper = 'tgtadm' | 'lioadm';

/** Loads LIO and its iSCSI. */
export const loadIscsiTarget = () =>
  run('modprobe', ['-a', 'target_core_mod', 'target_core_file', 'iscsi_target_mod']);

/**
 * The built iSCSI driver over the file store, on LIO or on a tgtd that it starts itself. With `reflinks` the store has a filesystem of its own,
 * by which volumes in use are copied; the guest's memory has none.
 */
export async function startIscsiBackend(
  helper: LabHelper,
  addresses: readonly [string, ...string[]],
  { reflinks = false }: { readonly reflinks?: boolean } = {},
): Promise<RunningBackend> {
  const [main, ...others] = addresses;
  const files = iscsiOverFiles(helper);
  const spec = {
    ...files,
    options: (directory: string) => ({
      ...files.options(directory),
      iscsi_ip_address: main,
      iscsi_secondary_ip_addresses: others,
      ...(reflinks && {
        file_store_image: join(directory, 'store.img'),
        file_store_image_size: 1,
        file_store_image_unmount: true,
      }),
      ...(helper === 'tgtadm' && {
        tgt_control_socket: join(directory, 'tgtd'),
        tgt_spawn: true,
        tgt_stop_on_close: true,
      }),
    }),
  };
  const backend = await prepareBackend(spec, await temporaryDirectory('scoria-lab-'));
  try {
    await backend.supervisor.start();
    await backend.supervisor.whenReady({ timeoutMs: START_MS });
    return backend;
  } catch (error) {
    await backend[Symbol.asyncDispose]();
    throw error;
  }
}
