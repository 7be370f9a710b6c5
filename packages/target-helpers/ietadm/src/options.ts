import { iscsiOptionsSchema, targetHelperOptionsSchema, z } from '@scoria/driver-sdk';

const absolutePath = z.string().startsWith('/');

/** Options of this helper in a backend section. Those with `iet_` that the original does not have are ours. */
export const ietOptionsSchema = z.object({
  ...targetHelperOptionsSchema.pick({ iet_conf: true, iscsi_iotype: true, iscsi_write_cache: true }).shape,
  ...iscsiOptionsSchema.pick({ iscsi_num_targets: true }).shape,
  iet_initiators_allow: absolutePath
    .default('/etc/iet/initiators.allow')
    .describe('File that ietd reads at each login: which initiators may use which target'),
  iet_proc: absolutePath.default('/proc/net/iet').describe("Where IET's kernel module shows its targets"),
  iet_chap: z
    .boolean()
    .default(false)
    .describe(
      "Ask initiators for CHAP. IET's own program takes the password in its argument list, where users of this host can read it for a moment; without, initiators are told apart by their names only",
    ),
  ietadm_program: z.string().min(1).default('ietadm').describe("IET's administration program"),
});

/** Parsed options of this helper. */
export type IetOptions = z.output<typeof ietOptionsSchema>;
