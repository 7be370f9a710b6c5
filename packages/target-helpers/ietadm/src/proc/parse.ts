import { z } from '@scoria/driver-sdk';

const count = z.coerce.number().int().nonnegative();

/** A logical unit as the kernel module shows it. */
export interface ShownLun {
  readonly lun: number;
  readonly ioType: string;
  readonly ioMode: string;
  readonly path: string;
  /** Bytes; null where this version does not show it. */
  readonly size: number | null;
}

/** A session as the kernel module shows it. */
export interface ShownSession {
  /** 64 bits: no number of JavaScript. */
  readonly sid: string;
  readonly initiator: string;
  readonly connections: readonly { readonly cid: number; readonly address: string }[];
}

/** A block of one of the files: a target, and the lines below it. */
interface Block {
  readonly tid: number;
  readonly iqn: string;
  readonly lines: readonly string[];
}

/** A file of `/proc/net/iet` that is not as IET writes it. */
export class ProcSyntaxError extends Error {
  override readonly name = 'ProcSyntaxError';
}

/** Targets begin at the margin, what they have is indented. */
function blocks(text: string): Block[] {
  const found: { tid: number; iqn: string; lines: string[] }[] = [];
  for (const line of text.split('\n')) {
    if (line === '') continue;
    const start = /^tid:(\d+) name:(\S+)\s*$/.exec(line);
    if (start) found.push({ tid: Number(start[1]), iqn: start[2] ?? '', lines: [] });
    else if (/^\s/.test(line) && found.length > 0) found.at(-1)?.lines.push(line.trim());
    else throw new ProcSyntaxError(`"${line.slice(0, 80)}" is neither a target nor of one`);
  }
  return found;
}

/** `key:value` words; a path is the last, and may hold blanks and colons. */
function words(line: string): Map<string, string> {
  const [, head = '', path] = /^(.*?)(?:(?:^| )path:(.*))?$/.exec(line) ?? [];
  const pairs = head
    .split(/\s+/)
    .filter((word) => word !== '')
    .map((word): [string, string] => {
      const colon = word.indexOf(':');
      if (colon < 1) throw new ProcSyntaxError(`"${word}" is not key:value`);
      return [word.slice(0, colon), word.slice(colon + 1)];
    });
  return new Map([...pairs, ...(path === undefined ? [] : [['path', path] as [string, string]])]);
}

const lunSchema = z.object({
  lun: count,
  iotype: z.string(),
  iomode: z.string().default('wt'),
  path: z.string().default(''),
  blocks: count.optional(),
  blocksize: count.optional(),
});

/** Reads `/proc/net/iet/volume`: the LUNs of each target. @throws ProcSyntaxError */
export function parseVolumes(text: string): { tid: number; iqn: string; luns: ShownLun[] }[] {
  return blocks(text).map(({ tid, iqn, lines }) => ({
    tid,
    iqn,
    luns: lines.map((line) => {
      const parsed = lunSchema.safeParse(Object.fromEntries(words(line)));
      if (!parsed.success) throw new ProcSyntaxError(`"${line.slice(0, 80)}" is no LUN`);
      const { lun, iotype, iomode, path, blocks: many, blocksize } = parsed.data;
      const size = many === undefined || blocksize === undefined ? null : many * blocksize;
      return { lun, ioType: iotype, ioMode: iomode, path, size };
    }),
  }));
}

/** Reads `/proc/net/iet/session`: the sessions of each target, which lists them by target id. @throws ProcSyntaxError */
export function parseSessions(text: string): { iqn: string; sessions: ShownSession[] }[] {
  return blocks(text).map(({ iqn, lines }) => {
    const sessions: {
      sid: string;
      initiator: string;
      connections: { cid: number; address: string }[];
    }[] = [];
    for (const line of lines) {
      const session = /^sid:(\d+) initiator:(\S+)$/.exec(line);
      const connection = /^cid:(\d+) ip:(\S+) /.exec(`${line} `);
      if (session) sessions.push({ sid: session[1] ?? '', initiator: session[2] ?? '', connections: [] });
      else if (connection && sessions.length > 0)
        sessions.at(-1)?.connections.push({
          cid: Number(connection[1]),
          address: (connection[2] ?? '').replace(/^\[(.*)\]$/, '$1'),
        });
      else throw new ProcSyntaxError(`"${line.slice(0, 80)}" is neither a session nor of one`);
    }
    return { iqn, sessions };
  });
}
