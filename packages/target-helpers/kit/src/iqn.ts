import { ContractError } from '@scoria/driver-sdk';

/** RFC 3720 §3.2.6.1: what may stand in an iSCSI name, in lower case as stringprep leaves it. */
const LEGAL = /^iqn\.\d{4}-(0[1-9]|1[0-2])\.[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[a-z0-9.:-]+)?$/;
const MAX_BYTES = 223;

/**
 * The IQN of a volume's target: prefix plus the volume's name on the backend. It is the only place where an IQN is made (D8).
 *
 * @throws ContractError INVALID_ARGUMENT when the result breaks RFC 3720: two names that differ in case only would be one
 * target, and target daemons refuse an underscore.
 */
export function targetIqn(prefix: string, volumeName: string): string {
  const iqn = `${prefix}${volumeName}`;
  if (Buffer.byteLength(iqn) > MAX_BYTES) {
    throw new ContractError(
      'INVALID_ARGUMENT',
      `the IQN of ${volumeName} would be longer than ${MAX_BYTES} bytes`,
    );
  }
  if (!LEGAL.test(iqn)) {
    throw new ContractError(
      'INVALID_ARGUMENT',
      `"${iqn}" is no IQN: a volume's name may hold small letters, digits, dots, dashes and colons (RFC 3720 §3.2.6.1)`,
    );
  }
  return iqn;
}

/** The volume's name in an IQN of that prefix; null for the IQN of something else. */
export function volumeNameOf(prefix: string, iqn: string): string | null {
  return iqn.startsWith(prefix) && iqn.length > prefix.length ? iqn.slice(prefix.length) : null;
}

/** Whether two iSCSI names are the same: they are compared without regard to case (RFC 3720 §3.2.6.1). */
export function sameIscsiName(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}
