/**
 * What the project's gate has time for (`--gate`): every verb of the kernel's own iSCSI initiator against tgt and LIO, at both
 * kinds of address, and what is there after the power went. Nothing that has to be emulated: how long that takes, differs from machine to
 * machine by a multiple (ADR 0009).
 */
export const gateSuites: readonly string[] = ['usermode/iscsi.lab', 'rebooted/exports.lab'];
