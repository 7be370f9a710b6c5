import { readFileSync } from 'node:fs';

/** Debian release of the guest: the one that Scoria is tested on. */
export const suite = 'bookworm';

/** What the guest has beside Debian's minimal base. */
export const guestPackages: readonly string[] = [
  'btrfs-progs',
  'ca-certificates',
  'dbus',
  'e2fsprogs',
  'ibverbs-providers',
  'iproute2',
  'kmod',
  'libconfig-general-perl',
  'libiscsi-bin',
  'lsscsi',
  'lvm2',
  'mount',
  'multipath-tools',
  'open-iscsi',
  'procps',
  'python3-os-brick',
  'python3-rtslib-fb',
  'qemu-utils',
  'rdma-core',
  'sg3-utils',
  'targetcli-fb',
  'tgt',
  'thin-provisioning-tools',
  'udev',
  'util-linux',
  'xfsprogs',
];

/** How mke2fs(8) makes the guest's disk: with a journal, or nothing could be told of it after the power went. */
export const diskOptions: readonly string[] = ['-t', 'ext4', '-m', '0'];

/** Kernel modules: folders below /lib/modules/VERSION/kernel that a storage lab needs; the rest only makes the image large. */
export const moduleFolders: readonly string[] = [
  'arch',
  'block',
  'crypto',
  'lib',
  'mm',
  'fs/ext4',
  'fs/jbd2',
  'fs/mbcache.ko',
  'fs/fuse',
  'fs/overlayfs',
  'fs/9p',
  'fs/netfs',
  'fs/fscache',
  'fs/xfs',
  'fs/btrfs',
  'fs/configfs',
  'fs/nls',
  'drivers/scsi',
  'drivers/target',
  'drivers/infiniband',
  'drivers/md',
  'drivers/block',
  'drivers/virtio',
  'drivers/uio',
  'drivers/misc',
  'drivers/dca',
  'drivers/dax',
  'drivers/nvdimm',
  'drivers/net/veth.ko',
  'drivers/net/dummy.ko',
  'drivers/net/ethernet/intel/e1000',
  'drivers/net/macsec.ko',
  'drivers/net/mdio',
  'net',
];

/** Modules that the first stage loads to find its root file system. */
export const bootModules: readonly string[] = [
  'virtio_pci',
  'virtio_blk',
  'crc32c_generic',
  'ext4',
  '9pnet_virtio',
  '9p',
  'overlay',
];

const guest = (name: string): string => readFileSync(new URL(`../guest/${name}`, import.meta.url), 'utf8');

/** Process 1 of the guest. What comes after it is read from the checkout, so that the image outlives changes of it. */
export const guestBoot = guest('boot.sh');
/** Process 1 before the root file system is there. */
export const firstInit = guest('firstInit.sh');
