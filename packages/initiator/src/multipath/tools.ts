import { ContractError } from '@scoria/core/contract';
import { CommandError, run } from '@scoria/host-exec';
import type { Budget } from '../budget.ts';

const COMMAND_MS = 60_000;

/** Where the programs are. */
export interface MultipathPrograms {
  readonly multipathProgram?: string;
  readonly multipathdProgram?: string;
}

/** multipath(8) and multipathd(8), one method per thing they are asked for. */
export class MultipathTools {
  readonly #multipath: string;
  readonly #multipathd: string;

  constructor({ multipathProgram, multipathdProgram }: MultipathPrograms = {}) {
    this.#multipath = multipathProgram ?? 'multipath';
    this.#multipathd = multipathdProgram ?? 'multipathd';
  }

  /** @throws ContractError TOOL_MISSING when multipathd does not answer */
  async requireRunning(budget: Budget): Promise<void> {
    if (await this.#isRunning(budget)) return;
    throw new ContractError(
      'TOOL_MISSING',
      'multipathd does not run on this host: start it, or attach without multipath.',
    );
  }

  /** Lets multipathd make a map of a WWID, whatever `find_multipaths` says. Idempotent. @throws CommandError */
  async remember(wwid: string, budget: Budget): Promise<void> {
    await this.#run(this.#multipath, ['-a', wwid], [0, 1], budget);
  }

  /** Takes that back. Idempotent. @throws CommandError */
  async forget(wwid: string, budget: Budget): Promise<void> {
    await this.#run(this.#multipath, ['-w', wwid], [0, 1], budget);
  }

  /**
   * Gives multipathd a path. Idempotent.
   *
   * @returns false when it could not take it now: udev may not have seen the disk yet
   * @throws ContractError DEVICE_UNAVAILABLE when multipath.conf blacklists it; CommandError
   */
  async addPath(disk: string, budget: Budget): Promise<boolean> {
    const answer = await this.#ask(['add', 'path', disk], budget);
    if (!answer.includes('blacklisted')) return answer === 'ok';
    throw new ContractError(
      'DEVICE_UNAVAILABLE',
      `multipathd refuses ${disk}: multipath.conf blacklists it, so that there can be no map of it.`,
    );
  }

  /** Makes multipathd let go of a path. Unknown is a success. @throws CommandError */
  async removePath(disk: string, budget: Budget): Promise<void> {
    await this.#ask(['del', 'path', disk], budget);
  }

  /** Lets what waits for a map without paths fail, instead of waiting for ever. @throws CommandError */
  async disableQueueing(map: string, budget: Budget): Promise<void> {
    await this.#ask(['disablequeueing', 'map', map], budget);
  }

  /** @returns whether multipathd took over the paths' new size; false: now it cannot */
  async resize(map: string, budget: Budget): Promise<boolean> {
    return (await this.#ask(['resize', 'map', map], budget)) === 'ok';
  }

  /** Removes an unused map. @returns what was said when it could not; null: done @throws CommandError */
  async flush(map: string, budget: Budget): Promise<string | null> {
    const { exitCode, stdout, stderr } = await this.#run(this.#multipath, ['-f', map], [0, 1], budget);
    return exitCode === 0 ? null : `${stdout}${stderr}`.trim() || 'it is in use';
  }

  /** Removes a map that has lost its paths. @returns whether it went @throws CommandError */
  async removeMap(map: string, budget: Budget): Promise<boolean> {
    return (await this.#ask(['del', 'map', map], budget)) === 'ok';
  }

  async #isRunning(budget: Budget): Promise<boolean> {
    try {
      return /^pid \d+/.test(await this.#ask(['show', 'daemon'], budget));
    } catch (error) {
      if (error instanceof CommandError) return false;
      throw error;
    }
  }

  async #ask(words: readonly string[], budget: Budget): Promise<string> {
    const { stdout } = await this.#run(this.#multipathd, words, [0, 1], budget);
    return stdout.trim();
  }

  async #run(program: string, words: readonly string[], exitCodes: readonly number[], budget: Budget) {
    return run(program, words, {
      exitCodes,
      asRoot: true,
      deadlineMs: Math.min(COMMAND_MS, budget.remainingMs),
      signal: budget.signal,
    });
  }
}
