/**
 * The Debian packages that Scoria drives, and how to see without dpkg that they are there.
 * @typedef {object} HostPackage
 * @property {string} name in Debian 12
 * @property {string[]} programs all of them must be found on PATH or in the sbin folders
 * @property {string[]} [files] `*` stands for one path part; all must exist
 * @property {'run' | 'test' | 'lab'} for `run`: the service and the quickstart; `test`: the tests and the bench only; `lab`: the kernel lab
 * @property {string} why
 */

/** @type {HostPackage[]} */
export const hostPackages = [
  { name: 'tgt', programs: ['tgtd', 'tgtadm'], for: 'run', why: 'tgtd serves the volumes as iSCSI targets' },
  {
    name: 'libconfig-general-perl',
    programs: [],
    files: ['/usr/share/perl5/Config/General.pm'],
    for: 'run',
    why: "tgt's own tgt-admin reads the per-volume config files with it",
  },
  {
    name: 'libiscsi-bin',
    programs: ['iscsi-ls', 'iscsi-inq', 'iscsi-readcapacity16'],
    for: 'run',
    why: 'shows what a target exports, through an initiator that is not ours',
  },
  {
    name: 'qemu-utils',
    programs: ['qemu-img', 'qemu-io'],
    for: 'run',
    why: 'inspects and converts volume images',
  },
  {
    name: 'bubblewrap',
    programs: ['bwrap'],
    for: 'run',
    why: 'hides the host from what reads hostile images',
  },
  {
    name: 'qemu-block-extra',
    programs: [],
    files: ['/usr/lib/*/qemu/block-iscsi.so'],
    for: 'run',
    why: "qemu's iSCSI initiator in user space",
  },
  {
    name: 'qemu-system-common',
    programs: ['qemu-storage-daemon'],
    for: 'run',
    why: 'makes an attached volume a file of this host, with no kernel initiator',
  },
  { name: 'fuse3', programs: ['fusermount3'], for: 'run', why: 'carries that file' },
  {
    name: 'e2fsprogs',
    programs: ['mkfs.ext4', 'e2fsck', 'resize2fs'],
    for: 'run',
    why: 'file system on a volume',
  },
  {
    name: 'xfsprogs',
    programs: ['mkfs.xfs'],
    for: 'run',
    why: 'the file store can keep volumes in its own XFS image',
  },
  { name: 'mount', programs: ['mount', 'umount', 'losetup'], for: 'run', why: 'loop devices and mounts' },
  {
    name: 'util-linux',
    programs: ['blkdiscard', 'blkid', 'fallocate', 'findmnt', 'prlimit', 'setpriv'],
    for: 'run',
    why: 'wipes, sizes and identifies block devices',
  },
  { name: 'procps', programs: ['ps', 'pgrep'], for: 'run', why: 'shows that no process is left behind' },
  {
    name: 'btrfs-progs',
    programs: ['mkfs.btrfs'],
    for: 'test',
    why: 'tests reflinks on a second file system',
  },
  {
    name: 'sudo',
    programs: ['sudo'],
    for: 'test',
    why: 'tests the root helper of a service that is not root',
  },
  {
    name: 'python3-cinderclient',
    programs: ['cinder'],
    for: 'test',
    why: "tests the API with OpenStack's own volume client",
  },
  {
    name: 'python3-openstackclient',
    programs: ['openstack'],
    for: 'test',
    why: "tests the API with OpenStack's own command line",
  },
  {
    name: 'python3-swift',
    programs: [],
    files: ['/usr/lib/python3/dist-packages/swift/common/middleware/s3api/s3api.py'],
    for: 'test',
    why: "an S3 server that is not ours: tests keep backups in OpenStack Swift's s3api",
  },
  {
    name: 'glance-api',
    programs: ['glance-api', 'glance-manage'],
    for: 'test',
    why: "tests images with OpenStack's own image service",
  },
  {
    name: 'qemu-system-x86',
    programs: ['qemu-system-x86_64'],
    for: 'lab',
    why: "runs the lab's guest by emulation",
  },
  { name: 'mmdebstrap', programs: ['mmdebstrap'], for: 'lab', why: "makes the guest's Debian" },
  { name: 'busybox-static', programs: ['busybox'], for: 'lab', why: "first stage of the guest's start" },
  { name: 'kmod', programs: ['depmod', 'modprobe'], for: 'lab', why: "arranges the guest's kernel modules" },
  { name: 'tcc', programs: ['tcc'], for: 'lab', why: "compiles what the guest's kernel is started with" },
  { name: 'xz-utils', programs: ['xz'], for: 'lab', why: "unpacks the guest's kernel" },
];
