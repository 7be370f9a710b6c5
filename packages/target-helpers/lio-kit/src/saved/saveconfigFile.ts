import { mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { ContractError } from '@scoria/driver-sdk';
import { replaceFile, withHostLock } from '@scoria/target-kit';
import { errnoOf } from '../configfs/errors.ts';
import { type Saveconfig, saveconfigSchema } from './schema.ts';

/**
 * The file that brings LIO's targets back after a reboot (targetctl restore). All helpers of the host share it. Changes are made under a lock of the host, and
 * many that ask at the same time are saved at once.
 */
export class SaveconfigFile<Subject> {
  readonly #path: string;
  readonly #keyOf: (subject: Subject) => string;
  readonly #change: (config: Saveconfig, subjects: readonly Subject[]) => Promise<Saveconfig>;
  readonly #waiting = new Map<string, Subject>();
  #next: Promise<void> | undefined;
  #running: Promise<unknown> = Promise.resolve();

  /** @param change what the file says when it says of the subjects what the kernel has; everything else stays as it was */
  constructor(
    path: string,
    keyOf: (subject: Subject) => string,
    change: (config: Saveconfig, subjects: readonly Subject[]) => Promise<Saveconfig>,
  ) {
    this.#path = path;
    this.#keyOf = keyOf;
    this.#change = change;
  }

  /** What the file says; nothing when there is none. @throws ContractError BACKEND_ERROR when it is damaged */
  async read(): Promise<Saveconfig> {
    return (await this.#read()).config;
  }

  /**
   * Makes the file say of this subject what the kernel has. On disk when it returns.
   *
   * @throws ContractError BACKEND_ERROR when the file is damaged: it is not touched then; errors of the file system
   */
  save(subject: Subject): Promise<void> {
    this.#waiting.set(this.#keyOf(subject), subject);
    this.#next ??= this.#running
      .catch(() => undefined) // whoever waited for that one was told
      .then(() => {
        this.#next = undefined;
        const saving = this.#saveWaiting();
        this.#running = saving;
        return saving;
      });
    return this.#next;
  }

  async #saveWaiting(): Promise<void> {
    const subjects = [...this.#waiting.values()];
    this.#waiting.clear();
    await mkdir(dirname(this.#path), { recursive: true, mode: 0o755 });
    await withHostLock(`${this.#path}.scoria-lock`, async () => {
      const { text, config } = await this.#read();
      const next = `${JSON.stringify(await this.#change(config, subjects), null, 2)}\n`;
      if (next !== text) await replaceFile(this.#path, next);
    });
  }

  async #read(): Promise<{ text: string | null; config: Saveconfig }> {
    let text: string | null = null;
    try {
      text = await readFile(this.#path, 'utf8');
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT') throw error;
    }
    try {
      return { text, config: saveconfigSchema.parse(text === null ? {} : JSON.parse(text)) };
    } catch {
      // Neither the text nor the parser's words about it: it holds secrets.
      throw new ContractError(
        'BACKEND_ERROR',
        `${this.#path} is no configuration that targetctl could restore; it is not touched: repair it or move it away`,
      );
    }
  }
}
