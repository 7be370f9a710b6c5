import { setTimeout as delay } from 'node:timers/promises';
import { ContractError, type ErrorCode } from '@scoria/core/contract';
import { ProcessExecutionError, run } from '@scoria/host-exec';
import type { Budget } from '../budget.ts';
import { toContractError } from '../contractErrors.ts';
import type { LunAddress } from '../iscsi/proof.ts';
import type { IscsiTransport } from './sessions.ts';

/** Exit codes of iscsiadm(8) that are told apart. */
const exit = { idbm: 6, sessionExists: 15, noRecords: 21 } as const;
const COMMAND_MS = 60_000;
const DATABASE_TRIES = 30;
const DATABASE_WAIT_MS = 200;

/** What a refused login means, by exit code (iscsiadm(8), EXIT STATUS). */
const loginCodes: Readonly<Record<number, { readonly code: ErrorCode; readonly why: string }>> = {
  4: { code: 'BACKEND_UNAVAILABLE', why: 'nothing answers there' },
  8: { code: 'BACKEND_UNAVAILABLE', why: 'nothing answers there in time' },
  11: { code: 'BACKEND_UNAVAILABLE', why: 'the target does not answer' },
  5: { code: 'DEVICE_UNAVAILABLE', why: 'the target refuses the login' },
  19: { code: 'DEVICE_UNAVAILABLE', why: 'the target refuses the login, or does not exist' },
  24: { code: 'DEVICE_UNAVAILABLE', why: 'the target refuses the credentials, or the initiator' },
  12: { code: 'TOOL_MISSING', why: "the transport's kernel module is not loaded" },
  18: { code: 'TOOL_MISSING', why: 'iscsid does not answer' },
  20: { code: 'TOOL_MISSING', why: 'iscsid is not running' },
};

/** A portal of a target, by one transport. */
export interface NodeAddress extends Pick<LunAddress, 'portal' | 'iqn'> {
  readonly transport: IscsiTransport;
}

/** Name of open-iscsi's built-in interface for a transport. */
export function interfaceOf({ transport }: Pick<NodeAddress, 'transport'>): 'default' | 'iser' {
  return transport === 'iser' ? 'iser' : 'default';
}

/** iscsiadm(8), one method per thing it is asked for. No method takes a secret: argv is no place for one. */
export class Iscsiadm {
  readonly #program: string;

  constructor(program: string) {
    this.#program = program;
  }

  /** Makes the node record anew. Idempotent. @throws CommandError */
  async makeNode(node: NodeAddress, budget: Budget): Promise<void> {
    await this.#node(node, ['--op', 'new'], [0], budget);
  }

  /**
   * Logs in. A session that exists already is a success.
   *
   * @throws ContractError BACKEND_UNAVAILABLE (silence), DEVICE_UNAVAILABLE (refused), TOOL_MISSING (no iscsid, no transport);
   * CommandError
   */
  async login(node: NodeAddress, budget: Budget): Promise<void> {
    try {
      await this.#node(node, ['--login'], [0, exit.sessionExists], budget);
    } catch (error) {
      const known = error instanceof ProcessExecutionError ? loginCodes[error.exitCode ?? -1] : undefined;
      if (known === undefined) throw error;
      const { transcript } = toContractError(error, 'login');
      throw new ContractError(known.code, `Cannot log in to ${node.iqn} at ${node.portal}: ${known.why}.`, {
        transcript,
        cause: error,
      });
    }
  }

  /** Logs out. No such session is a success. @throws CommandError */
  async logout(node: NodeAddress, budget: Budget): Promise<void> {
    await this.#node(node, ['--logout'], [0, exit.noRecords], budget, true);
  }

  /** Removes the node record, and with it the credentials. No such record is a success. @throws CommandError */
  async removeNode(node: NodeAddress, budget: Budget): Promise<void> {
    await this.#node(node, ['--op', 'delete'], [0, exit.noRecords], budget, true);
  }

  async #node(
    node: NodeAddress,
    words: readonly string[],
    exitCodes: readonly number[],
    budget: Budget,
    retry = false,
  ): Promise<void> {
    const { iqn, portal } = node;
    const argv = ['-m', 'node', '-T', iqn, '-p', portal, '-I', interfaceOf(node), ...words];
    for (let tries = 1; ; tries += 1) {
      const isLast = tries === DATABASE_TRIES;
      const { exitCode } = await run(this.#program, argv, {
        exitCodes: isLast ? exitCodes : [...exitCodes, exit.idbm],
        asRoot: true,
        deadlineMs: Math.min(COMMAND_MS, budget.remainingMs),
        signal: budget.signal,
        ...(retry && { retry: {} }),
      });
      if (exitCode !== exit.idbm) return;
      // It reads its whole database, whatever it is asked for, and fails when others change it meanwhile.
      budget.check(`waiting for iscsiadm's database (${words.join(' ')})`);
      await delay(DATABASE_WAIT_MS * Math.random());
    }
  }
}
