import { existsSync } from 'node:fs';

/** The initiators that log in to iSCSI targets. */
export type IscsiInitiatorName = 'userland' | 'open-iscsi';

/** Which of them is to be used; `auto`: the kernel's where there is one. */
export type IscsiInitiatorChoice = 'auto' | IscsiInitiatorName;

const iscsiadm = ['/sbin/iscsiadm', '/usr/sbin/iscsiadm', '/usr/bin/iscsiadm'];

/** Whether this host's kernel has its iSCSI initiator loaded. */
export function hasKernelIscsi(): boolean {
  return existsSync('/sys/class/iscsi_transport/tcp');
}

/** What a choice comes to on this host: `auto` is the kernel's initiator where it is loaded and open-iscsi is installed. */
export function iscsiInitiator(choice: IscsiInitiatorChoice): IscsiInitiatorName {
  if (choice !== 'auto') return choice;
  return hasKernelIscsi() && iscsiadm.some((path) => existsSync(path)) ? 'open-iscsi' : 'userland';
}
