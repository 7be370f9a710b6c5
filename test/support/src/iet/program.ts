/**
 * Stands in for ietadm(8): takes its arguments, and ends as it does, with 256 minus the errno and no words. The first argument is the
 * stand-in's directory.
 */
import { parseArgs } from 'node:util';
import {
  accountAdd,
  accountDelete,
  connectionDelete,
  errno,
  lunAdd,
  lunDelete,
  targetAdd,
  targetDelete,
} from './kernel.ts';
import { change } from './store.ts';

const NOBODY_ANSWERS = 1;
const [directory = '', ...argv] = process.argv.slice(2);

function request(): number {
  const { values } = parseArgs({
    args: argv,
    options: {
      op: { type: 'string' },
      tid: { type: 'string' },
      lun: { type: 'string' },
      sid: { type: 'string' },
      cid: { type: 'string' },
      params: { type: 'string' },
      user: { type: 'boolean' },
      version: { type: 'boolean' },
    },
  });
  if (values.version) {
    console.log('ietadm version 1.4.20 (stand-in)');
    return 0;
  }
  const { op, sid, params = '' } = values;
  const [tid, lun, cid] = [values.tid, values.lun, values.cid].map(Number);
  const parameter = (name: string) =>
    params
      .split(',')
      .find((each) => each.startsWith(`${name}=`))
      ?.slice(name.length + 1);
  return change(directory, (state) => {
    if (!state.running) return NOBODY_ANSWERS;
    if (values.tid === undefined || (op !== 'new' && op !== 'delete')) return errno.EINVAL;
    if (values.user) {
      const [user, password] = [parameter('IncomingUser'), parameter('Password')];
      if (user === undefined || (op === 'new' && password === undefined)) return errno.EINVAL;
      return op === 'new'
        ? accountAdd(state, tid ?? 0, user, password ?? '')
        : accountDelete(state, tid ?? 0, user);
    }
    if (values.lun !== undefined)
      return op === 'new' ? lunAdd(state, tid ?? 0, lun ?? 0, params) : lunDelete(state, tid ?? 0, lun ?? 0);
    if (sid !== undefined || values.cid !== undefined)
      return op === 'delete' && sid !== undefined
        ? connectionDelete(state, tid ?? 0, sid, cid ?? 0)
        : errno.EINVAL;
    if (op === 'delete') return targetDelete(state, tid ?? 0);
    return params.startsWith('Name=') ? targetAdd(state, tid ?? 0, params.slice(5)) : errno.EINVAL;
  });
}

try {
  const failure = request();
  process.exitCode = failure === 0 ? 0 : 256 - failure;
} catch {
  // Arguments that it does not know.
  process.exitCode = 255;
}
