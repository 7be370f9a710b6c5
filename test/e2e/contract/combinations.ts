import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { bytes, GIB } from '@scoria/core/contract';
import { run } from '@scoria/host-exec';
import { type IetStandIn, startIet, startTgtd, type Tgtd, temporaryDirectory } from '@scoria-test/support';
import type { Combination } from './support/combination.ts';
import { newVolume } from './support/objects.ts';
import { makeVolumeGroup } from './support/volumeGroup.ts';

/** What a combination has besides its title. */
type Parts = Omit<Combination, 'title'>;

/** The fake keeps its state, so that it can be killed between two equal requests. */
export const fake = (
  connections: Combination['connections'],
  section: 'memory' | 'files' = 'memory',
): Parts => ({
  driver: 'fake',
  connections,
  options: (directory) => ({
    fake_protocol: connections,
    ...(section === 'memory'
      ? { fake_state_file: join(directory, 'fake.json') }
      : { fake_data_dir: join(directory, 'fake') }),
  }),
  // What nobody manages is what was let go.
  existing: async ({ client }, size) => {
    const volume = newVolume({ size: bytes(size) });
    await client.createVolume({ volume });
    await client.unmanage({ volume });
    return { 'source-name': volume.name };
  },
});

/** The iSCSI driver over the file store, with a helper that needs nothing more than the kernel. */
export const iscsiOverFiles = (helper: 'fake' | 'tgtadm' | 'lioadm'): Parts => ({
  driver: 'iscsi',
  connections: 'iscsi',
  options: (directory) => ({ iscsi_helper: helper, file_store_dir: join(directory, 'store') }),
  existing: async ({ directory }, size) => {
    const name = `found-${size}`;
    await using file = await open(join(directory, 'store', 'unmanaged', name), 'w', 0o600);
    await file.truncate(size);
    return { 'source-name': name };
  },
});

/** The iSCSI driver over LVM, in a group of its own with the smallest extents there are: the contract has sizes of single blocks. */
export const iscsiOverLvm = (type: 'default' | 'thin', helper: 'lioadm'): Parts => {
  const group = `contract-${type}`;
  return {
    driver: 'iscsi',
    connections: 'iscsi',
    prepare: () => makeVolumeGroup(group, { size: 30 * GIB, extentSize: 512, tags: ['scoria.zeroed'] }),
    options: () => ({ iscsi_helper: helper, backing_store: 'lvm', volume_group: group, lvm_type: type }),
    existing: async (_, size) => {
      // One that was found and not adopted is still there when the next of that size is made.
      const name = `found-${randomUUID()}`;
      await run('lvcreate', ['--yes', '--name', name, '--size', `${size}b`, group]);
      return { 'source-name': name };
    },
  };
};

/** Target helpers that speak iSER. */
export type IserHelper = 'fake' | 'tgtadm' | 'iseradm' | 'lioadm';

/** As {@link iscsiOverFiles}, over RDMA: the driver is another one. */
export const iserOverFiles = (helper: IserHelper): Parts => ({
  ...iscsiOverFiles('fake'),
  driver: 'iser',
  connections: 'iser',
  options: (directory) => ({ iser_helper: helper, file_store_dir: join(directory, 'store') }),
});

/** As {@link iscsiOverFiles}, over Fibre Channel: every volume is a LUN of these target ports. */
export const fcOverFiles = (targetWwpns: readonly string[]): Parts => ({
  ...iscsiOverFiles('fake'),
  driver: 'fc',
  connections: 'fibre_channel',
  options: (directory) => ({ fc_target_wwpns: targetWwpns, file_store_dir: join(directory, 'store') }),
});

/** As {@link iscsiOverFiles}, on a tgtd of its own. */
export const iscsiOnTgtd = (): Parts => {
  const files = iscsiOverFiles('tgtadm');
  let tgtd: Tgtd | undefined;
  return {
    ...files,
    skip: existsSync('/usr/sbin/tgtd') ? undefined : 'tgtd is not installed',
    prepare: async () => {
      const directory = await temporaryDirectory('scoria-tgtd-');
      tgtd = await startTgtd(directory.path);
      return {
        [Symbol.asyncDispose]: async () => {
          await tgtd?.stop();
          await directory[Symbol.asyncDispose]();
        },
      };
    },
    options: (directory) => {
      if (tgtd === undefined) throw new Error('tgtd has not been started');
      return { ...files.options(directory), tgt_control_socket: tgtd.controlSocket, iscsi_port: tgtd.port };
    },
  };
};

/** As {@link iscsiOverFiles}, on a stand-in of IET, whose kernel module no current kernel can have. */
export const iscsiOnIet = (): Parts => {
  const files = iscsiOverFiles('fake');
  let iet: IetStandIn | undefined;
  return {
    ...files,
    prepare: async () => {
      const directory = await temporaryDirectory('scoria-iet-');
      iet = await startIet(directory.path);
      return directory;
    },
    options: (directory) => {
      if (iet === undefined) throw new Error('IET has not been started');
      return { ...files.options(directory), ...iet.options, iscsi_helper: 'ietadm', iet_chap: true };
    },
  };
};
