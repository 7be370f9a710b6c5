import { ContractError, type Secret } from '@scoria/driver-sdk';
import { HostExecError, ProcessExecutionError, ProgramNotFoundError, run } from '@scoria/host-exec';
import { IetError } from '../errors.ts';
import type { IoMode, IoType } from '../record.ts';

const DEADLINE_MS = 30_000;

/** What a logical unit is made of. */
export interface NewLun {
  readonly path: string;
  readonly ioType: IoType;
  readonly ioMode: IoMode;
  /** At most 16 characters. */
  readonly serial: string;
}

/** The parameters of a LUN, as ietadm and ietd.conf(5) take them. */
export function lunParameters({ path, ioType, ioMode, serial }: NewLun): string {
  const mode = ioMode === 'wt' ? '' : `,IOMode=${ioMode}`;
  return `Path=${path},Type=${ioType},ScsiSN=${serial}${mode}`;
}

/** ietadm(8), one method per thing it is asked for; whoever calls them orders them. All throw IetError with what its exit code says. */
export class Ietadm {
  readonly #program: string;

  constructor(program: string) {
    this.#program = program;
  }

  /** @throws IetError INVALID (the name exists), EXISTS (the id does) */
  createTarget(tid: number, iqn: string): Promise<void> {
    return this.#run(`make target ${iqn} as ${tid}`, [
      '--op',
      'new',
      `--tid=${tid}`,
      '--params',
      `Name=${iqn}`,
    ]);
  }

  /** @throws IetError ABSENT, BUSY (a session) */
  deleteTarget(tid: number): Promise<void> {
    return this.#run(`remove target ${tid}`, ['--op', 'delete', `--tid=${tid}`]);
  }

  /** @throws IetError EXISTS, ABSENT (no target, or no backing file), INVALID */
  createLun(tid: number, lun: number, spec: NewLun): Promise<void> {
    const words = ['--op', 'new', `--tid=${tid}`, `--lun=${lun}`, '--params', lunParameters(spec)];
    return this.#run(`make LUN ${lun} of target ${tid} on ${spec.path}`, words);
  }

  /** IET does not guard this: it succeeds under a live session. @throws IetError ABSENT */
  deleteLun(tid: number, lun: number): Promise<void> {
    return this.#run(`remove LUN ${lun} of target ${tid}`, [
      '--op',
      'delete',
      `--tid=${tid}`,
      `--lun=${lun}`,
    ]);
  }

  /**
   * Makes initiators of the target show credentials. A second account of that name is added beside the first. The password stands in the
   * argument list: ietadm has no other way, which is why `iet_chap` has to be set (contract.md D18).
   */
  createAccount(tid: number, username: string, password: Secret): Promise<void> {
    const parameters = `IncomingUser=${username},Password=${password.reveal()}`;
    return this.#run(`make account ${username} of target ${tid}`, [
      '--op',
      'new',
      `--tid=${tid}`,
      '--user',
      `--params=${parameters}`,
    ]);
  }

  /** @throws IetError ABSENT */
  deleteAccount(tid: number, username: string): Promise<void> {
    const parameters = `IncomingUser=${username}`;
    return this.#run(`remove account ${username} of target ${tid}`, [
      '--op',
      'delete',
      `--tid=${tid}`,
      '--user',
      `--params=${parameters}`,
    ]);
  }

  /** Breaks a connection; the session ends with its last one, a moment later. @throws IetError ABSENT, EXISTS (no such connection) */
  closeConnection(tid: number, sid: string, cid: number): Promise<void> {
    const words = ['--op', 'delete', `--tid=${tid}`, `--sid=${sid}`, `--cid=${cid}`];
    return this.#run(`close connection ${cid} of session ${sid} of target ${tid}`, words);
  }

  /** @throws ContractError TOOL_MISSING */
  async version(): Promise<string> {
    const { stdout } = await this.#exec('ask for the version', ['--version']);
    return stdout.trim();
  }

  async #run(action: string, words: readonly string[]): Promise<void> {
    await this.#exec(action, words);
  }

  async #exec(action: string, words: readonly string[]): Promise<{ readonly stdout: string }> {
    try {
      return await run(this.#program, words, { asRoot: true, deadlineMs: DEADLINE_MS });
    } catch (error) {
      if (!(error instanceof HostExecError)) throw error;
      // Without the cause: it carries the arguments, and they may hold a password.
      if (error instanceof ProcessExecutionError) throw new IetError(action, error.exitCode);
      if (error instanceof ProgramNotFoundError)
        throw new ContractError('TOOL_MISSING', `${this.#program} is not installed (IET's own tools)`);
      throw new ContractError('BACKEND_ERROR', `${action}: ietadm: ${error.code}; what it did is unknown`);
    }
  }
}
