import { isSecret } from '@scoria/driver-sdk';
import { ProcessExecutionError, ProgramNotFoundError, run } from '@scoria/host-exec';
import { errorFromNumber, TgtError } from './errors.ts';
import { encodeParameters } from './parameters.ts';
import { queueOf } from './queue.ts';
import type { ManagementRequest } from './request.ts';
import { DEFAULT_DEADLINE_MS, type Transport } from './transport.ts';

/** What `tgtadm` prints for each number of tgtd; its exit code is 22 for all of them (targets.md §7). */
const printed = new Map<string, number>([
  ['out of memory', 2],
  ["can't find the driver", 3],
  ["can't find the target", 4],
  ["can't find the logical unit", 5],
  ["can't find the session", 6],
  ["can't find the connection", 7],
  ["can't find the binding", 8],
  ['this target already exists', 9],
  ['this logical unit number already exists', 10],
  ['this binding already exists', 11],
  ['this access control rule already exists', 12],
  ['this access control rule does not exist', 13],
  ['this account already exists', 14],
  ["can't find the account", 15],
  ['too many accounts', 16],
  ['invalid request', 17],
  ['this target already has an outgoing account', 18],
  ['this target is still active', 19],
  ['this logical unit is still active', 20],
  ['this driver is busy', 21],
  ["this operation isn't supported", 22],
  ['unknown parameter', 23],
]);
const NO_DAEMON =
  /Transport endpoint is not connected|can't connect|failed to connect|No such file or directory/i;

const modeWords: Partial<Record<ManagementRequest['mode'], string>> = {
  device: 'logicalunit',
  connection: 'conn',
};
const createWords: Readonly<Record<string, string>> = {
  targetname: '--targetname',
  path: '--backing-store',
  bstype: '--bstype',
  bsoflags: '--bsoflags',
  blocksize: '--blocksize',
  user: '--user',
  'initiator-name': '--initiator-name',
  'initiator-address': '--initiator-address',
};

/**
 * The argv of a request for the `tgtadm` program.
 *
 * @throws TgtError `PROGRAM_UNUSABLE` when the request holds a secret, which would be readable in /proc by every user of the host.
 */
export function programArgv(request: ManagementRequest): string[] {
  const parameters = request.parameters ?? [];
  encodeParameters(parameters).fill(0);
  const argv = ['--mode', modeWords[request.mode] ?? request.mode, '--op', request.op];
  if (request.lld !== undefined) argv.push('--lld', request.lld);
  else if (request.mode === 'target' || request.mode === 'account') argv.push('--lld', 'iscsi');
  if (request.tid !== undefined) argv.push('--tid', String(request.tid));
  if (request.lun !== undefined) argv.push('--lun', String(request.lun));
  if (request.sid !== undefined) argv.push('--sid', String(request.sid));
  if (request.cid !== undefined) argv.push('--cid', String(request.cid));
  if (request.force) argv.push('--force');
  const update: string[] = [];
  for (const [key, value] of parameters) {
    if (isSecret(value) || key === 'password') {
      throw new TgtError(
        'PROGRAM_UNUSABLE',
        `to ${request.action}, a secret would have to be in tgtadm's argv: this needs tgtd's control socket`,
      );
    }
    const word = createWords[key];
    if (request.op === 'update') update.push(`${key}=${value}`);
    else if (word !== undefined) argv.push(word, String(value));
    else throw new TgtError('PROGRAM_UNUSABLE', `tgtadm has no option for ${key}`);
  }
  if (update.length > 0) argv.push('--params', update.join(','));
  return argv;
}

function programError(error: unknown, request: ManagementRequest): unknown {
  if (error instanceof ProgramNotFoundError) {
    return new TgtError('PROGRAM_UNUSABLE', 'the tgtadm program is not installed (package tgt)', {
      cause: error,
    });
  }
  if (!(error instanceof ProcessExecutionError)) return error;
  const said = error.stderr.trim().replace(/^tgtadm: /, '');
  const number = printed.get(said);
  if (number !== undefined) return errorFromNumber(number, request.action);
  if (NO_DAEMON.test(said))
    return new TgtError('DAEMON_NOT_RUNNING', `tgtadm reaches no tgtd: ${said}`, { cause: error });
  if (/closed the socket/.test(said)) return new TgtError('DAEMON_CLOSED', said, { cause: error });
  return errorFromNumber(1, `${request.action} (${said})`);
}

/**
 * Has the `tgtadm` program speak to tgtd, one process per request: for a tgtd whose control socket does not speak the known
 * protocol. Slower, and it cannot create accounts.
 *
 * @param controlPath what `TGT_IPC_SOCKET` of the daemon holds, without the suffix.
 */
export function programTransport(
  controlPath: string,
  controlPort = 0,
  program = 'tgtadm',
  deadlineMs: number = DEFAULT_DEADLINE_MS,
): Transport {
  const queue = queueOf(`${controlPath}.${controlPort}`);
  return {
    kind: 'program',
    send: async (request, options = {}) => {
      const argv = ['-C', String(controlPort), ...programArgv(request)];
      try {
        const { stdout } = await queue.run(() =>
          run(program, argv, {
            env: { TGT_IPC_SOCKET: controlPath },
            deadlineMs: options.deadlineMs ?? deadlineMs,
            ...(options.signal !== undefined && { signal: options.signal }),
            description: request.action,
          }),
        );
        return stdout;
      } catch (error) {
        throw programError(error, request);
      }
    },
  };
}
