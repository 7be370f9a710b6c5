import type { TargetSession } from '@scoria/driver-sdk';

/**
 * Sessions in an `info` attribute of an initiator's ACL. The kernel shows the latest one of the initiator, with all its
 * connections.
 */
export function parseSessionInfo(initiator: string, info: string): TargetSession[] {
  if (!/^InitiatorName:/m.test(info)) return [];
  const addresses = [...info.matchAll(/^\s*Address (\S+)/gm)].map((match) => match[1] ?? '');
  return [{ initiator, address: addresses.join(' ') }];
}

/** Initiators in the `dynamic_sessions` attribute of a portal group: those let in without an ACL, one a line. */
export function parseDynamicSessions(text: string): TargetSession[] {
  return text
    .split(/[\n\0]/)
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .map((initiator) => ({ initiator, address: '' }));
}
