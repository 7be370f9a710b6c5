import { type InitiatorAccess, Secret } from '@scoria/driver-sdk';
import { randomWord } from '@scoria/target-kit';
import { ALL_ADDRESSES } from '../accessRules.ts';
import { ANCHOR, newAnchor, type TargetRecord } from '../record.ts';

/** A configuration file that is not as we write them. Never holds a line of it: lines hold secrets. */
export class ConfSyntaxError extends Error {
  override readonly name = 'ConfSyntaxError';
}

/** Reads what `formatConf` wrote. @throws ConfSyntaxError */
export function parseConf(name: string, text: string): TargetRecord {
  const fail = (why: string) => new ConfSyntaxError(`the configuration of ${name}: ${why}`);
  const values = new Map<string, string>();
  const access: { initiator: string; readOnly: boolean; chap: InitiatorAccess['chap'] }[] = [];
  let anchor: string | null = null;
  let ended = false;
  text.split('\n').forEach((raw, index) => {
    const line = raw.trim();
    const at = `line ${index + 1}`;
    if (line === '</target>') ended = true;
    const tag = /^<(target|backing-store) (\S+)>$/.exec(line);
    const granted = /^# access (\S+) (ro|rw)$/.exec(line);
    if (tag) values.set(tag[1] ?? '', tag[2] ?? '');
    else if (granted) access.push({ initiator: granted[1] ?? '', readOnly: granted[2] === 'ro', chap: null });
    if (tag || line === '' || line.startsWith('#') || line.startsWith('</')) return;
    const [key = '', value, password, ...rest] = line.split(/\s+/);
    if (value === undefined || rest.length > 0) throw fail(`${at} is not "key value"`);
    if (key === 'initiator-name' && access.at(-1)?.initiator !== value)
      throw fail(`${at} names an initiator out of place`);
    if (key !== 'incominguser') {
      values.set(key, value);
      return;
    }
    if (password === undefined) throw fail(`${at} has a user without a password`);
    if (value === ANCHOR) anchor = password;
    else {
      const owner = access.at(-1);
      if (!owner || owner.chap) throw fail(`${at} has an account out of place`);
      owner.chap = { username: value, password: new Secret(password) };
    }
  });
  if (!ended) throw fail('it is cut short');
  const need = (key: string) => {
    const value = values.get(key);
    if (value === undefined) throw fail(`it has no ${key}`);
    return value;
  };
  const needNumber = (key: string) => {
    const value = need(key);
    if (!/^\d+$/.test(value)) throw fail(`${key} is not a number`);
    return Number(value);
  };
  const lld = need('driver');
  if (lld !== 'iscsi' && lld !== 'iser') throw fail('driver is neither iscsi nor iser');
  return {
    name,
    iqn: need('target'),
    tid: needNumber('controller_tid'),
    lld,
    lun: needNumber('lun'),
    path: need('backing-store'),
    serial: need('scsi_sn'),
    scsiId: need('scsi_id'),
    writeCache: need('write-cache') === 'on',
    thin: need('params') === 'thin_provisioning=1',
    blockSize: needNumber('block-size'),
    flags: values.get('bsoflags') ?? null,
    anchor: newAnchor(anchor ?? randomWord(16)),
    access,
    allAddresses: values.get('initiator-address') === ALL_ADDRESSES,
  };
}
