import { iserOptionsSchema, z } from '@scoria/driver-sdk';
import { type TgtOptions, tgtOptionsSchema } from '@scoria/tgt-kit';

/** Options of this helper in a backend section: those of tgtadm, with iSER's own names where it has some (contract.md §1.2). */
export const iserTgtOptionsSchema = z.object({
  ...tgtOptionsSchema.omit({
    tgt_driver: true,
    iscsi_target_prefix: true,
    iscsi_ip_address: true,
    iscsi_port: true,
  }).shape,
  ...iserOptionsSchema.pick({ iser_target_prefix: true, iser_ip_address: true, iser_port: true }).shape,
});

/** Parsed options of this helper. */
export type IserTgtOptions = z.output<typeof iserTgtOptionsSchema>;

/** The same by the names that all of tgt's helpers have: one source for what a target is called (D8) and where it is (D7). */
export function asTgtOptions(options: IserTgtOptions): TgtOptions {
  return {
    ...options,
    tgt_driver: 'iser',
    iscsi_target_prefix: options.iser_target_prefix,
    iscsi_ip_address: options.iser_ip_address,
    iscsi_port: options.iser_port,
  };
}
