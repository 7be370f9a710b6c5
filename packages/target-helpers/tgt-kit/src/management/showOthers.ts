import type { ShownSession } from './showTargets.ts';

/** Names of the daemon's CHAP accounts, all targets together. */
export function parseAccounts(listing: string): string[] {
  return listing
    .split('\n')
    .slice(1)
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

/** Sessions of one target, from the listing of its connections. */
export function parseConnections(listing: string): ShownSession[] {
  const sessions: { sid: number; initiator: string; connections: { cid: number; address: string }[] }[] = [];
  for (const line of listing.split('\n')) {
    const session = sessions.at(-1);
    const start = /^Session: (\d+)$/.exec(line);
    const connection = /^ {4}Connection: (\d+)$/.exec(line);
    const initiator = /^ {8}Initiator: (\S+)/.exec(line);
    const address = /^ {8}\s*(?:IP Address|RDMA IP Address): (.*)$/.exec(line);
    if (start) sessions.push({ sid: Number(start[1]), initiator: '', connections: [] });
    else if (connection && session) session.connections.push({ cid: Number(connection[1]), address: '' });
    else if (initiator && session) session.initiator = initiator[1] ?? '';
    else if (address && session) {
      const last = session.connections.pop();
      if (last) session.connections.push({ ...last, address: address[1] ?? '' });
    }
  }
  return sessions;
}

/** State of each transport driver (`iscsi: ready`), from the listing of the system. */
export function parseDrivers(listing: string): Map<string, string> {
  const drivers = new Map<string, string>();
  const section = /^LLDs:\n((?: {4}.*\n?)*)/m.exec(listing)?.[1] ?? '';
  for (const line of section.split('\n')) {
    const [name, state] = line.trim().split(': ');
    if (name && state) drivers.set(name, state);
  }
  return drivers;
}

/** Portals the daemon listens on, `ip:port` (IPv6 bracketed), from the listing of the portals. */
export function parsePortals(listing: string): string[] {
  return [...listing.matchAll(/^Portal: (.+),\d+$/gm)].map((match) => match[1] ?? '');
}

/** Commands that one LUN was given and has finished, all sessions together. */
export interface LunCounters {
  readonly submitted: number;
  readonly done: number;
}

/** Sums the counters of a LUN: per session `tgt lun sid`, then bytes and commands of reads and writes, submitted and done. */
export function parseLunCounters(listing: string): LunCounters {
  let submitted = 0;
  let done = 0;
  for (const line of listing.split('\n').slice(1)) {
    const numbers = line.trim().split(/\s+/).map(Number);
    const [readsIn, readsOut, writesIn, writesOut] = [numbers[4], numbers[6], numbers[8], numbers[10]];
    if (readsIn === undefined || readsOut === undefined || writesIn === undefined || writesOut === undefined)
      continue;
    submitted += readsIn + writesIn;
    done += readsOut + writesOut;
  }
  return { submitted, done };
}
