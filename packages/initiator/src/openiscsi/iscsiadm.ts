import { ProcessExecutionError, run } from '@scoria/host-exec';
import type { Budget } from '../budget.ts';

/** Exit codes of iscsiadm(8) that are told apart. */
const exit = { idbm: 6, sessionExists: 15, noRecords: 21 } as const;
const COMMAND_MS = 60_000;

/** A logged-in session as `iscsiadm -m session` lists it. */
export interface KernelSession {
  readonly id: string;
  readonly portal: string;
  readonly iqn: string;
}

/** A portal of a target. */
export interface NodeAddress {
  readonly portal: string;
  readonly iqn: string;
}

/** iscsiadm(8), one method per thing it is asked for. No method takes a secret: argv is no place for one. */
export class Iscsiadm {
  readonly #program: string;

  constructor(program: string) {
    this.#program = program;
  }

  /** Makes the node record unless it is there. Idempotent. @throws CommandError */
  async ensureNode(node: NodeAddress, budget: Budget): Promise<void> {
    const known = await this.#node(node, [], [0, exit.noRecords, 255], budget);
    if (known === 0) return;
    await this.#node(node, ['--interface', 'default', '--op', 'new'], [0, exit.idbm], budget, true);
  }

  /**
   * Asks for manual scanning, which keeps LUNs of others from appearing on this host.
   *
   * @returns false when this open-iscsi is too old to know it
   */
  async setManualScan(node: NodeAddress, budget: Budget): Promise<boolean> {
    try {
      await this.#update(node, 'node.session.scan', 'manual', budget);
      return true;
    } catch (error) {
      if (error instanceof ProcessExecutionError) return false;
      throw error;
    }
  }

  /** Keeps iscsid from logging in by itself at boot: who attaches is decided by whoever asks for it then. */
  async setManualStartup(node: NodeAddress, budget: Budget): Promise<void> {
    await this.#update(node, 'node.startup', 'manual', budget);
  }

  /** Logs in. A session that exists already is a success. @throws CommandError */
  async login(node: NodeAddress, budget: Budget): Promise<void> {
    await this.#node(node, ['--login'], [0, exit.sessionExists], budget);
  }

  /** Logs out. No such session is a success. @throws CommandError */
  async logout(node: NodeAddress, budget: Budget): Promise<void> {
    await this.#node(node, ['--logout'], [0, exit.noRecords], budget, true);
  }

  /** Removes the node record, and with it the credentials. No such record is a success. @throws CommandError */
  async removeNode(node: NodeAddress, budget: Budget): Promise<void> {
    await this.#node(node, ['--op', 'delete'], [0, exit.noRecords], budget, true);
  }

  /** All sessions of this host. @throws CommandError */
  async sessions(budget: Budget): Promise<KernelSession[]> {
    const { stdout, exitCode } = await run(this.#program, ['-m', 'session'], {
      exitCodes: [0, exit.noRecords],
      asRoot: true,
      deadlineMs: Math.min(COMMAND_MS, budget.remainingMs),
      signal: budget.signal,
    });
    return exitCode === 0 ? parseSessions(stdout) : [];
  }

  async #update(node: NodeAddress, key: string, value: string, budget: Budget): Promise<void> {
    await this.#node(node, ['--op', 'update', '-n', key, '-v', value], [0], budget);
  }

  async #node(
    node: NodeAddress,
    words: readonly string[],
    exitCodes: readonly number[],
    budget: Budget,
    retry = false,
  ): Promise<number | null> {
    const { exitCode } = await run(
      this.#program,
      ['-m', 'node', '-T', node.iqn, '-p', node.portal, ...words],
      {
        exitCodes,
        asRoot: true,
        deadlineMs: Math.min(COMMAND_MS, budget.remainingMs),
        signal: budget.signal,
        // iscsiadm calls race for its database and then fail; the next try gets through.
        ...(retry && { retry: {} }),
      },
    );
    return exitCode;
  }
}

/** Lines such as `tcp: [3] 10.0.0.1:3260,1 iqn.2010-10.org.openstack:volume-1 (non-flash)`, fields compared whole (D11). */
export function parseSessions(text: string): KernelSession[] {
  return text.split('\n').flatMap((line) => {
    const match = /^(?:tcp|iser): \[(\d+)\] (\S+),\d+ (\S+)/.exec(line.trim());
    const [, id, portal, iqn] = match ?? [];
    return id === undefined || portal === undefined || iqn === undefined ? [] : [{ id, portal, iqn }];
  });
}

/** The session of exactly this portal and target. */
export function sessionOf(sessions: readonly KernelSession[], node: NodeAddress): KernelSession | undefined {
  return sessions.find(
    (session) => session.iqn === node.iqn && session.portal.toLowerCase() === node.portal.toLowerCase(),
  );
}
