/**
 * What the project's gate has time for (`--gate`), some three minutes on two processors: the kernel's own iSCSI initiator and os-brick against
 * tgt and LIO, by one path and by two, those who are to be refused, LIO's own tool, and what is there after the power went. Nothing that
 * has to be emulated: how long that takes, differs from machine to machine by a multiple (ADR 0009).
 */
export const gateSuites: readonly string[] = [
  'rebooted/exports.lab',
  'usermode/iscsi.lab',
  'usermode/lio.lab',
  'usermode/lioRestore.lab',
  'usermode/multipath.lab',
  'usermode/osBrick.lab',
  'usermode/staleDevice.lab',
  'usermode/withoutChap.lab',
];
