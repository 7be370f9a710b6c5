import { readFileSync } from 'node:fs';
import { accountAdd, type IetState, lunAdd, targetAdd } from './kernel.ts';

const MAX_LINE = 4_095;

function linesOf(path: string): string[] | null {
  try {
    const text = readFileSync(path, 'utf8');
    // A line without its newline, or longer than the buffer, is not one that is read.
    return text
      .split('\n')
      .slice(0, -1)
      .filter((line) => line.length <= MAX_LINE && !line.trim().startsWith('#') && line.trim() !== '');
  } catch {
    return null;
  }
}

/** What ietd does when it starts: targets, LUNs and accounts as ietd.conf(5) says, under new ids, in its order. */
export function readConfiguration(state: IetState, path: string): void {
  state.targets = [];
  state.accounts = [];
  let tid = 0;
  for (const line of linesOf(path) ?? []) {
    const [key = '', value = '', more = ''] = line.trim().split(/\s+/);
    if (key.toLowerCase() === 'target') {
      tid = targetAdd(state, 0, value) === 0 ? (state.targets[0]?.tid ?? 0) : 0;
    } else if (tid !== 0 && key.toLowerCase() === 'lun') lunAdd(state, tid, Number(value), more);
    else if (tid !== 0 && key.toLowerCase() === 'incominguser') accountAdd(state, tid, value, more);
  }
}

/**
 * Whether initiators.allow lets a name use a target: the first line that is of the target, or of ALL, decides; each pattern is a basic
 * regular expression of the whole name. Without a file everybody may.
 */
export function isAllowed(path: string, target: string, initiator: string): boolean {
  const lines = linesOf(path);
  if (lines === null) return true;
  // A name with nothing behind it is no line.
  const deciding = lines
    .map((line) => /^\s*(\S+)\s(.*)$/.exec(line))
    .find((found) => found?.[1] === target || found?.[1] === 'ALL');
  return (deciding?.[2] ?? '')
    .split(',')
    .map((each) => each.trim())
    .some((pattern) => pattern === 'ALL' || (pattern !== '' && new RegExp(`^${pattern}$`).test(initiator)));
}

/** Whether the accounts of a target take these credentials; a target without any asks for none. */
export function authenticates(
  state: IetState,
  tid: number,
  chap: { readonly username: string; readonly password: string } | null,
): boolean {
  const accounts = state.accounts.filter((each) => each.tid === tid);
  if (accounts.length === 0) return true;
  return chap !== null && accounts.find((each) => each.user === chap.username)?.password === chap.password;
}
