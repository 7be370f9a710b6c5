import type { IserDriverOptions } from './options.ts';

/** Each iSCSI option that an iSER option outdoes (contract.md §9, D7, D8). The secondary addresses have no iSER name, and hold. */
const counterparts = {
  iscsi_target_prefix: 'iser_target_prefix',
  iscsi_ip_address: 'iser_ip_address',
  iscsi_port: 'iser_port',
  iscsi_num_targets: 'iser_num_targets',
} as const;

/**
 * The options of iSCSI's names with the values of iSER's: one source for driver and helper, so that a target is made, found and listed under
 * one name (D8).
 */
export function asIscsiOptions(
  options: IserDriverOptions,
): Pick<IserDriverOptions, keyof typeof counterparts> {
  return {
    iscsi_target_prefix: options.iser_target_prefix,
    iscsi_ip_address: options.iser_ip_address,
    iscsi_port: options.iser_port,
    iscsi_num_targets: options.iser_num_targets,
  };
}

/** iSCSI options of a section whose iSER counterpart is not written: whoever wrote them may expect something of them. */
export function outdoneOptions(
  section: Readonly<Record<string, unknown>>,
): { readonly written: string; readonly instead: string }[] {
  return Object.entries(counterparts)
    .filter(([iscsi, iser]) => section[iscsi] !== undefined && section[iser] === undefined)
    .map(([written, instead]) => ({ written, instead }));
}
