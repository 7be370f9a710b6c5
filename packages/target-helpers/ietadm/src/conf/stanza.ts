import { ContractError, type InitiatorAccess, Secret } from '@scoria/driver-sdk';
import { lunParameters } from '../ietadm/client.ts';
import { ioModeOf, type TargetRecord } from '../record.ts';

/** ietd reads a line of at most so many bytes, and takes the rest for another one. */
export const MAX_LINE = 4_000;

/** One word that means itself to ietd and to ietadm: no blank, comma, quote or comment. */
const SAYABLE = /^[\x21-\x7e]+$/;
const MEANINGFUL = /[,"'\\#]/;

function word(what: string, value: string | Secret): string {
  const text = typeof value === 'string' ? value : value.reveal();
  if (!SAYABLE.test(text) || MEANINGFUL.test(text) || text.length > MAX_LINE / 2) {
    throw new ContractError(
      'INVALID_ARGUMENT',
      `${what} cannot be said to IET: printable ASCII without blanks, commas, quotes, backslashes or #`,
    );
  }
  return text;
}

/**
 * A target's stanza in ietd.conf, with what only we read in comments: whose it is, and which account is whose.
 *
 * @throws ContractError INVALID_ARGUMENT when a path, name or password cannot be said in that syntax
 */
export function formatStanza(record: TargetRecord, tag: string): string[] {
  const lun = lunParameters({
    path: word('the path', record.path),
    serial: word('the serial', record.serial),
    ioType: record.ioType,
    ioMode: ioModeOf(record),
  });
  return [
    `Target ${word('the IQN', record.iqn)}`,
    `\t# Scoria ${tag} ${word('the name', record.name)} ${record.writeBack ? 'wb' : 'wt'}; changes are lost`,
    ...record.access.flatMap(({ initiator, chap, readOnly }) => [
      `\t# access ${word('the initiator', initiator)} ${readOnly ? 'ro' : 'rw'}`,
      ...(chap === null
        ? []
        : [
            `\tIncomingUser ${word('the CHAP user', chap.username)} ${word('the CHAP secret', chap.password)}`,
          ]),
    ]),
    `\tLun ${record.lun} ${lun}`,
  ];
}

/** Reads what {@link formatStanza} wrote; null for the stanza of somebody else, or one that was changed by hand. */
export function parseStanza(iqn: string, lines: readonly string[], tag: string): TargetRecord | null {
  let ours: { name: string; writeBack: boolean } | null = null;
  let lun: { number: number; values: Map<string, string> } | null = null;
  const access: { initiator: string; readOnly: boolean; chap: InitiatorAccess['chap'] }[] = [];
  for (const line of lines.slice(1).map((each) => each.trim())) {
    const mark = /^# Scoria (\S+) (\S+) (wb|wt);/.exec(line);
    const granted = /^# access (\S+) (ro|rw)$/.exec(line);
    const account = /^IncomingUser (\S+) (\S+)$/.exec(line);
    const unit = /^Lun (\d+) (\S+)$/.exec(line);
    if (mark) {
      if (mark[1] !== tag) return null;
      ours = { name: mark[2] ?? '', writeBack: mark[3] === 'wb' };
    } else if (granted)
      access.push({ initiator: granted[1] ?? '', readOnly: granted[2] === 'ro', chap: null });
    else if (account) {
      const owner = access.at(-1);
      if (!owner || owner.chap) return null;
      owner.chap = { username: account[1] ?? '', password: new Secret(account[2] ?? '') };
    } else if (unit) {
      const pairs = (unit[2] ?? '').split(',').map((pair): [string, string] => {
        const at = pair.indexOf('=');
        return [pair.slice(0, at), pair.slice(at + 1)];
      });
      lun = { number: Number(unit[1]), values: new Map(pairs) };
    }
  }
  const path = lun?.values.get('Path');
  const serial = lun?.values.get('ScsiSN');
  const ioType = lun?.values.get('Type');
  if (!ours || !lun || path === undefined || serial === undefined) return null;
  if (ioType !== 'fileio' && ioType !== 'blockio') return null;
  return { ...ours, iqn, lun: lun.number, path, serial, ioType, access };
}
