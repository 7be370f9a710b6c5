import type { OwnedObject } from '@scoria/core/contract';
import type { Logger } from 'pino';
import { asContractError, failureText, type KeyedLocks } from '../journal/index.ts';
import type { State } from '../state/index.ts';
import type { Backend } from './backend.ts';
import { ensureExport } from './ensureExport.ts';

/** What an {@link ExportKeeper} needs. Times in milliseconds. */
export interface ExportKeeperOptions {
  readonly backend: Backend;
  readonly state: State;
  readonly locks: KeyedLocks;
  /** Held by the service while it attaches or detaches a volume itself. */
  readonly attachLocks: KeyedLocks;
  readonly log: Logger;
  /**
   * Wait between two looks at what is exported. Default: 500 ms. Longer when a look takes long, so that looking takes
   * less than a tenth of the time, but never more than four times as long.
   */
  readonly intervalMs?: number;
  /** How long an export that was ensured, and is not as recorded all the same, is left to people. Default: 30 s. */
  readonly damagedMs?: number;
  /** Exports brought back at once. Default: 8. */
  readonly parallel?: number;
}

/**
 * Keeps the volumes of one backend exported that some initiator may reach: when its driver begins to serve, and whenever
 * one listing of what is exported lacks one or shows it otherwise than recorded, since a target daemon that was restarted has forgotten
 * them (field-notes.md P7). The service serves meanwhile; an attach that asks for a volume does not wait for the others.
 */
export class ExportKeeper {
  readonly #options: Required<ExportKeeperOptions>;
  readonly #stop = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | null = null;
  #complaint = '';
  /** Volumes whose export was there but not as recorded, with the time when it was ensured. */
  readonly #damaged = new Map<string, number>();
  /** The driver began to serve anew while a look was under way, which may have failed because of that. */
  #again = false;

  constructor(options: ExportKeeperOptions) {
    this.#options = { intervalMs: 500, damagedMs: 30_000, parallel: 8, ...options };
  }

  /** Starts to keep. */
  start(): void {
    const { backend } = this.#options;
    backend.onServing(() => this.#run('all'));
    if (backend.serves) this.#run('all');
    this.#schedule(this.#options.intervalMs);
  }

  /** Stops, after what is under way. */
  async stop(): Promise<void> {
    this.#stop.abort();
    clearTimeout(this.#timer);
    await this.#running;
  }

  /**
   * Looks once and brings back what is missing.
   *
   * @param what `all`: after what is missing also what the driver does not compare with its own records.
   * @returns how many exports were brought back.
   */
  async check(what: 'all' | 'missing' = 'missing'): Promise<number> {
    const { backend, state } = this.#options;
    const wanted = await state.connections.volumesConnectedOn(backend.host);
    if (wanted.length === 0 || !backend.serves) return 0;
    const [canary, ...others] = wanted;
    let shown: ReadonlyMap<string, ShownExport>;
    try {
      shown = shownExports((await backend.driver.client.listOwned({})).objects);
    } catch (error) {
      // A helper that starts its daemon itself does so to change something, not to look.
      if (canary === undefined || !(await this.#restore(canary.id))) throw error;
      return 1 + (await this.#ensure(others));
    }
    const missing = wanted.filter(({ id, backendName, initiators }) => {
      const found = shown.get(backendName);
      if (found === undefined || found.initiators < initiators) return true;
      return found.intact === false && this.#isDue(id);
    });
    if (what === 'missing') return this.#ensure(missing);
    const first = new Set(missing);
    const unproven = wanted.filter(
      (each) => !first.has(each) && shown.get(each.backendName)?.intact === undefined,
    );
    return this.#ensure([...missing, ...unproven]);
  }

  #schedule(waitMs: number): void {
    if (this.#stop.signal.aborted) return;
    this.#timer = setTimeout(() => this.#run('missing'), waitMs);
    this.#timer.unref();
  }

  #run(what: 'all' | 'missing'): void {
    if (this.#stop.signal.aborted) return;
    if (this.#running !== null) {
      this.#again ||= what === 'all';
      return;
    }
    clearTimeout(this.#timer);
    const started = performance.now();
    this.#running = this.check(what).then(
      (restored) => {
        this.#complaint = '';
        if (restored > 0)
          this.#options.log.info(
            { backend: this.#options.backend.name, restored },
            'exports are as recorded',
          );
      },
      (error: unknown) => this.#complain(error),
    );
    void this.#running.finally(() => {
      this.#running = null;
      if (this.#again) {
        this.#again = false;
        this.#run('all');
        return;
      }
      const { intervalMs } = this.#options;
      const took = performance.now() - started;
      this.#schedule(Math.min(Math.max(intervalMs, took * 10), intervalMs * 4));
    });
  }

  /** Whether an export that is damaged is to be ensured now: what that does not repair is not tried at every look. */
  #isDue(volumeId: string): boolean {
    const now = performance.now();
    for (const [id, at] of this.#damaged) if (now - at >= this.#options.damagedMs) this.#damaged.delete(id);
    if (this.#damaged.has(volumeId)) return false;
    this.#damaged.set(volumeId, now);
    return true;
  }

  async #ensure(volumes: readonly { readonly id: string }[]): Promise<number> {
    const queue = volumes[Symbol.iterator]();
    let done = 0;
    const { signal } = this.#stop;
    const worker = async (): Promise<void> => {
      for (const { id } of queue) {
        if (signal.aborted || !this.#options.backend.serves) return;
        if (await this.#restore(id)) done += 1;
      }
    };
    await Promise.all(Array.from({ length: this.#options.parallel }, worker));
    return done;
  }

  /** Brings one export back; a failure lands in the volume's record and, when it is news, in the log. */
  async #restore(volumeId: string): Promise<boolean> {
    const { state, backend, log } = this.#options;
    const { signal } = this.#stop;
    try {
      return await ensureExport(this.#options, volumeId, signal);
    } catch (error) {
      if (signal.aborted) return false;
      const failure = failureText(asContractError(error));
      if ((await state.volumes.find(volumeId))?.failure === failure) return false;
      log.error(
        { volumeId, backend: backend.name, err: error },
        'the export of an attached volume is not there',
      );
      await state.volumes.update(volumeId, { failure });
      return false;
    }
  }

  /** Says the same thing once, not at every look. */
  #complain(error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    if (message === this.#complaint || this.#stop.signal.aborted) return;
    this.#complaint = message;
    this.#options.log.warn(
      { backend: this.#options.backend.name, err: error },
      'what is exported cannot be looked at',
    );
  }
}

/** What a listing says of one volume's export. */
interface ShownExport {
  /** Initiators that have access; infinite when the driver lists no access at all: then it is not asked for it. */
  readonly initiators: number;
  /** Whether it is as its driver has recorded it; undefined when the driver does not compare. */
  readonly intact: boolean | undefined;
}

/** Volumes that are exported now. */
function shownExports(objects: readonly OwnedObject[]): ReadonlyMap<string, ShownExport> {
  const access = new Map<string, number>();
  for (const { kind, name } of objects)
    if (kind === 'access' && name !== null) access.set(name, (access.get(name) ?? 0) + 1);
  const shown = new Map<string, ShownExport>();
  for (const { kind, name, intact, detail } of objects) {
    if (name === null || kind !== 'target' || detail['present'] === 'no') continue;
    const initiators = access.size === 0 ? Number.POSITIVE_INFINITY : (access.get(name) ?? 0);
    shown.set(name, { initiators, intact });
  }
  return shown;
}
