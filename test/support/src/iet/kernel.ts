import { statSync } from 'node:fs';

/** What the stand-in remembers: the kernel module's targets, and the accounts that ietd keeps beside them. */
export interface IetState {
  running: boolean;
  targets: {
    tid: number;
    name: string;
    luns: { lun: number; path: string; type: string; mode: string; serial: string; size: number }[];
    sessions: { sid: string; initiator: string; cid: number; ip: string }[];
  }[];
  /** Newest first, as ietd finds them. They outlive their target. */
  accounts: { tid: number; user: string; password: string }[];
  lastSid: number;
}

export const emptyState = (): IetState => ({ running: true, targets: [], accounts: [], lastSid: 0 });

/** errno(3) of what IET answers; 0 is success. */
export const errno = { ENOENT: 2, EBUSY: 16, EEXIST: 17, EINVAL: 22 } as const;

const MAX_LUN = 0x3fff;
const MAX_SERIAL = 16;
const SECTOR = 512;

/** ietd refuses a name that exists with EINVAL, the kernel module an id with EEXIST; of id 0 it takes the next one that is free. */
export function targetAdd(state: IetState, tid: number, name: string): number {
  if (name === '' || state.targets.some((each) => each.name === name)) return errno.EINVAL;
  if (tid !== 0 && state.targets.some((each) => each.tid === tid)) return errno.EEXIST;
  let id = tid;
  if (id === 0) for (id = 1; state.targets.some((each) => each.tid === id); ) id += 1;
  state.targets.unshift({ tid: id, name, luns: [], sessions: [] });
  return 0;
}

/** A target with sessions stays; its accounts stay with the id, whatever becomes of the target. */
export function targetDelete(state: IetState, tid: number): number {
  const target = state.targets.find((each) => each.tid === tid);
  if (!target) return errno.ENOENT;
  if (target.sessions.length > 0) return errno.EBUSY;
  state.targets = state.targets.filter((each) => each !== target);
  return 0;
}

/** The file is opened, and its size taken, now and never again. */
export function lunAdd(state: IetState, tid: number, lun: number, parameters: string): number {
  const target = state.targets.find((each) => each.tid === tid);
  if (!target) return errno.ENOENT;
  if (target.luns.some((each) => each.lun === lun)) return errno.EEXIST;
  if (lun > MAX_LUN) return errno.EINVAL;
  const values = new Map<string, string>();
  for (const pair of parameters.split(',').filter((each) => each !== '')) {
    const key = pair.split('=', 1)[0] ?? '';
    if (!['Path', 'Type', 'ScsiId', 'ScsiSN', 'IOMode'].includes(key)) return errno.EINVAL;
    if (key === 'Path' && values.has(key)) return errno.EINVAL;
    values.set(key, pair.slice(key.length + 1));
  }
  const [path, type = 'fileio', serial = ''] = ['Path', 'Type', 'ScsiSN'].map((key) => values.get(key));
  if (type !== 'fileio' && type !== 'blockio') return errno.ENOENT;
  if (path === undefined || serial.length > MAX_SERIAL) return errno.EINVAL;
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found) return errno.ENOENT;
  if (!found.isFile() && !found.isBlockDevice()) return errno.EINVAL;
  if (type === 'blockio' && !found.isBlockDevice()) return errno.EINVAL;
  const asked = values.get('IOMode');
  const mode = asked === 'ro' || asked === 'wb' ? asked : 'wt';
  target.luns.push({ lun, path, type, mode, serial, size: found.size - (found.size % SECTOR) });
  return 0;
}

/** Not guarded: a LUN goes under its sessions. */
export function lunDelete(state: IetState, tid: number, lun: number): number {
  const target = state.targets.find((each) => each.tid === tid);
  if (!target?.luns.some((each) => each.lun === lun)) return errno.ENOENT;
  target.luns = target.luns.filter((each) => each.lun !== lun);
  return 0;
}

/** Neither the target nor the name is looked for: a second account of the same name stands before the first. */
export function accountAdd(state: IetState, tid: number, user: string, password: string): number {
  state.accounts.unshift({ tid, user, password });
  return 0;
}

/** Takes the first of that name only. */
export function accountDelete(state: IetState, tid: number, user: string): number {
  const at = state.accounts.findIndex((each) => each.tid === tid && each.user === user);
  if (at === -1) return errno.ENOENT;
  state.accounts.splice(at, 1);
  return 0;
}

/** A session without connections goes. */
export function connectionDelete(state: IetState, tid: number, sid: string, cid: number): number {
  const target = state.targets.find((each) => each.tid === tid);
  const session = target?.sessions.find((each) => each.sid === sid);
  if (!target || !session) return errno.ENOENT;
  if (session.cid !== cid) return errno.EEXIST;
  target.sessions = target.sessions.filter((each) => each !== session);
  return 0;
}

/** `/proc/net/iet/volume`, as IET 1.4.20 writes it. */
export const volumeText = (state: IetState): string =>
  state.targets
    .map(
      ({ tid, name, luns }) =>
        `tid:${tid} name:${name}\n${luns
          .map(
            (each) =>
              `\tlun:${each.lun} state:0 iotype:${each.type} iomode:${each.mode} blocks:${each.size / SECTOR} blocksize:${SECTOR} path:${each.path}\n`,
          )
          .join('')}`,
    )
    .join('');

/** `/proc/net/iet/session`. */
export const sessionText = (state: IetState): string =>
  state.targets
    .map(
      ({ tid, name, sessions }) =>
        `tid:${tid} name:${name}\n${sessions
          .map(
            (each) =>
              `\tsid:${each.sid} initiator:${each.initiator}\n\t\tcid:${each.cid} ip:${each.ip} state:active hd:none dd:none\n`,
          )
          .join('')}`,
    )
    .join('');
