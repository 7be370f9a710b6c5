/** Name of the links by which a LUN has its backstore, and an initiator its LUN: targetctl keeps it. */
export const LINK = 'scoria';

/** The only portal group of a target of ours. */
export const TPG_TAG = 1;

/** The number in a name such as `lun_0`; null when it has none. */
export function numberOf(name: string, prefix: string): number | null {
  const match = name.startsWith(prefix) ? /^\d+$/.exec(name.slice(prefix.length)) : null;
  return match ? Number(match[0]) : null;
}
