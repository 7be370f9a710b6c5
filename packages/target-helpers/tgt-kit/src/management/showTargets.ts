import { TgtError } from './errors.ts';

/** A connection of a session. */
export interface ShownConnection {
  readonly cid: number;
  readonly address: string;
}

/** A session (I_T nexus) of a target. */
export interface ShownSession {
  readonly sid: number;
  readonly initiator: string;
  readonly connections: readonly ShownConnection[];
}

/** A logical unit as tgtd shows it. */
export interface ShownLun {
  readonly lun: number;
  readonly type: string;
  readonly scsiId: string;
  readonly serial: string;
  /** tgtd shows decimal megabytes only. */
  readonly megabytes: number;
  readonly blockSize: number;
  readonly online: boolean;
  readonly removable: boolean;
  readonly readOnly: boolean;
  readonly storeType: string;
  /** Null when no file is open. */
  readonly path: string | null;
  readonly flags: string;
}

/** A target as tgtd shows it. */
export interface ShownTarget {
  readonly tid: number;
  readonly iqn: string;
  readonly lld: string;
  readonly state: string;
  readonly sessions: readonly ShownSession[];
  readonly luns: readonly ShownLun[];
  /** Incoming CHAP accounts, in the order of their slots. */
  readonly accounts: readonly string[];
  /** Addresses and initiator names that may log in. */
  readonly acl: readonly string[];
}

/** A target's part of the listing, not parsed yet: a listing of a thousand targets is a megabyte. */
export interface ShownBlock {
  readonly tid: number;
  readonly iqn: string;
  readonly text: string;
}

const malformed = (what: string) =>
  new TgtError('MALFORMED_REPLY', `tgtd's listing of targets is malformed: ${what}`);

/**
 * Cuts the listing of all targets into one block per target, by IQN.
 *
 * @throws TgtError `MALFORMED_REPLY` when an id or a name comes twice: tgtd has both once only, so some text that an initiator
 * or another administrator chose is posing as a target.
 */
export function splitTargets(listing: string): Map<string, ShownBlock> {
  const blocks = new Map<string, ShownBlock>();
  const tids = new Set<number>();
  const headers = [...listing.matchAll(/^Target (\d+): (.*)$/gm)];
  if (headers.length === 0 && listing.trim() !== '') throw malformed('it does not begin with a target');
  headers.forEach((header, index) => {
    const tid = Number(header[1]);
    const iqn = header[2] ?? '';
    if (tids.has(tid) || blocks.has(iqn)) throw malformed(`target ${tid} or its name comes twice`);
    tids.add(tid);
    blocks.set(iqn, {
      tid,
      iqn,
      text: listing.slice(header.index + header[0].length + 1, headers[index + 1]?.index),
    });
  });
  return blocks;
}

const SECTION = /^ {4}(\S.*):$/;
const FIELD = /^ {12,}([^:]+): ?(.*)$/;

/** Lines of a block by section; a section that comes twice was forged. */
function sectionsOf(block: ShownBlock): Map<string, string[]> {
  const sections = new Map<string, string[]>();
  let lines: string[] | undefined;
  for (const line of block.text.split('\n')) {
    const title = SECTION.exec(line)?.[1];
    if (title !== undefined) {
      if (sections.has(title)) throw malformed(`target ${block.tid} shows "${title}" twice`);
      lines = [];
      sections.set(title, lines);
    } else if (line !== '') lines?.push(line);
  }
  return sections;
}

function parseSessions(lines: readonly string[]): ShownSession[] {
  const sessions: { sid: number; initiator: string; connections: ShownConnection[] }[] = [];
  for (const line of lines) {
    const session = sessions.at(-1);
    const nexus = /^ {8}I_T nexus: (\d+)$/.exec(line);
    const initiator = /^ {12}Initiator: (\S+)/.exec(line);
    const connection = /^ {12}Connection: (\d+)$/.exec(line);
    const address = /^ {16}(?:IP Address|RDMA IP Address): (.*)$/.exec(line);
    if (nexus) sessions.push({ sid: Number(nexus[1]), initiator: '', connections: [] });
    else if (initiator && session && session.initiator === '') session.initiator = initiator[1] ?? '';
    else if (connection && session) session.connections.push({ cid: Number(connection[1]), address: '' });
    else if (address && session) {
      const last = session.connections.pop();
      if (last) session.connections.push({ ...last, address: address[1] ?? '' });
    }
  }
  return sessions;
}

function parseLuns(block: ShownBlock, lines: readonly string[]): ShownLun[] {
  const found: { lun: number; fields: Map<string, string> }[] = [];
  for (const line of lines) {
    const start = /^ {8}LUN: (\d+)$/.exec(line);
    if (start) found.push({ lun: Number(start[1]), fields: new Map() });
    else {
      const field = FIELD.exec(line);
      if (field) found.at(-1)?.fields.set(field[1] ?? '', field[2] ?? '');
    }
  }
  return found.map(({ lun, fields }) => {
    const text = (name: string) => {
      const value = fields.get(name);
      if (value === undefined) throw malformed(`LUN ${lun} of target ${block.tid} shows no "${name}"`);
      return value;
    };
    const size = /^(\d+) MB, Block size: (\d+)$/.exec(text('Size'));
    if (!size) throw malformed(`size of LUN ${lun} of target ${block.tid}`);
    const path = text('Backing store path');
    return {
      lun,
      type: text('Type'),
      scsiId: text('SCSI ID'),
      serial: text('SCSI SN'),
      megabytes: Number(size[1]),
      blockSize: Number(size[2]),
      online: text('Online') === 'Yes',
      removable: text('Removable media') === 'Yes',
      readOnly: text('Readonly') === 'Yes',
      storeType: text('Backing store type'),
      path: path === 'None' ? null : path,
      flags: (fields.get('Backing store flags') ?? '').trim(),
    };
  });
}

/** Parses one target's block. @throws TgtError `MALFORMED_REPLY` */
export function parseTarget(block: ShownBlock): ShownTarget {
  const sections = sectionsOf(block);
  const lines = (title: string) => {
    const found = sections.get(title);
    if (!found) throw malformed(`target ${block.tid} shows no "${title}"`);
    return found;
  };
  const system = new Map(
    lines('System information').map((line) => {
      const [key = '', value = ''] = line.trim().split(': ');
      return [key, value] as const;
    }),
  );
  return {
    tid: block.tid,
    iqn: block.iqn,
    lld: system.get('Driver') ?? '',
    state: system.get('State') ?? '',
    sessions: parseSessions(lines('I_T nexus information')),
    luns: parseLuns(block, lines('LUN information')),
    accounts: lines('Account information')
      .map((line) => line.trim())
      .filter((name) => !name.endsWith(' (outgoing)')),
    acl: lines('ACL information').map((line) => line.trim()),
  };
}

/** tgtd's own rounding of bytes to the megabytes it shows. */
export function shownMegabytes(bytes: number): number {
  const sectors = BigInt(Math.floor(bytes / 512));
  return Number((sectors - (sectors / 625n - 974n)) / 1950n);
}
