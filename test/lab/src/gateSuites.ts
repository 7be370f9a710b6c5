/**
 * What the project's gate has time for (`--gate`): every verb of the kernel's initiators over iSCSI and
 * Fibre Channel, with every target helper that has a kernel, os-brick over Fibre Channel, and a reboot. All of the lab takes several times as long.
 */
export const gateSuites: readonly string[] = [
  'emulated/fc.lab',
  'emulated/kernel',
  'rebooted/',
  'usermode/iscsi.lab',
];
