import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { CliError } from '../cliError.ts';
import type { ApiClient } from './client.ts';
import type { Kind } from './kinds.ts';
import type { OperationProgress } from './models.ts';
import { progressOf } from './progressOf.ts';
import { read } from './read.ts';

const passing = new Set([
  'creating',
  'deleting',
  'extending',
  'reserved',
  'attaching',
  'detaching',
  'downloading',
  'uploading',
  'retyping',
  'backing-up',
  'restoring-backup',
  'restoring',
]);
const FIRST_MS = 15;
const LONGEST_MS = 500;

interface Stateful {
  readonly id: string;
  readonly status: string;
}

/** How to wait. */
export interface SettleOptions {
  /** How long to wait without any progress, in seconds. */
  readonly timeoutSeconds: number;
  /** Aborting it ends the wait with its reason; the operation goes on. */
  readonly signal?: AbortSignal;
  /** Told how far the operation is, at each look. */
  readonly onProgress?: (progress: OperationProgress) => void;
}

/**
 * Waits until an object is in one of the `wanted` statuses.
 *
 * @throws CliError failed with the service's reason when it ends in another one; timeout
 */
export async function settle<Schema extends z.ZodType<Stateful & Readonly<Record<string, unknown>>>>(
  client: ApiClient,
  kind: Kind<Schema>,
  id: string,
  wanted: readonly string[],
  options: SettleOptions,
): Promise<z.output<Schema>> {
  const patience = new Patience(options);
  for (;;) {
    const object = read(await client.get(`${kind.path}/${id}`), kind.key, kind.schema);
    if (wanted.includes(object.status)) return object;
    if (!passing.has(object.status)) throw await ended(client, kind, object);
    await patience.wait(kind, object);
  }
}

/** Waits until an object is gone. @throws CliError failed, timeout */
export async function settleGone<Schema extends z.ZodType<Stateful & Readonly<Record<string, unknown>>>>(
  client: ApiClient,
  kind: Kind<Schema>,
  id: string,
  options: SettleOptions,
): Promise<void> {
  const patience = new Patience(options);
  for (;;) {
    try {
      const object = read(await client.get(`${kind.path}/${id}`), kind.key, kind.schema);
      if (object.status !== 'deleting') throw await ended(client, kind, object);
      await patience.wait(kind, object);
    } catch (error) {
      if (error instanceof CliError && error.exit === 'notFound') return;
      throw error;
    }
  }
}

/** Waits longer from look to look, and gives up once nothing has moved for too long. */
class Patience {
  readonly #options: SettleOptions;
  #wait = FIRST_MS;
  #done = -1;
  #end: number;

  constructor(options: SettleOptions) {
    this.#options = options;
    this.#end = this.#nextEnd();
  }

  async wait(kind: Kind<z.ZodType>, object: Stateful & Readonly<Record<string, unknown>>): Promise<void> {
    const progress = progressOf(object);
    if (progress !== null) this.#look(progress);
    if (performance.now() > this.#end) {
      throw new CliError(
        'timeout',
        `The ${kind.word} ${object.id} is still ${object.status}; the operation goes on.`,
        { hint: `Look again with "scoria ${kind.key} show ${object.id}", or wait longer with --timeout.` },
      );
    }
    const { signal } = this.#options;
    try {
      await delay(this.#wait, undefined, signal === undefined ? {} : { signal });
    } catch (error) {
      throw signal?.aborted === true ? signal.reason : error;
    }
    this.#wait = Math.min(LONGEST_MS, this.#wait * 1.5);
  }

  #look(progress: OperationProgress): void {
    this.#options.onProgress?.(progress);
    if (progress.done_bytes === this.#done) return;
    this.#done = progress.done_bytes;
    this.#end = this.#nextEnd();
  }

  #nextEnd(): number {
    return performance.now() + this.#options.timeoutSeconds * 1000;
  }
}

async function ended(
  client: ApiClient,
  kind: Kind<z.ZodType>,
  object: Stateful & Readonly<Record<string, unknown>>,
): Promise<CliError> {
  const own = object['fail_reason'];
  const reason = typeof own === 'string' && own !== '' ? own : await reasonOf(client, object.id);
  const because = reason === null ? '' : `: ${reason}`;
  return new CliError('failed', `The ${kind.word} ${object.id} ended in status ${object.status}${because}`, {
    hint: `"scoria ${kind.key} show ${object.id}" shows it; delete it with "scoria ${kind.key} delete ${object.id}".`,
  });
}

/** Why the last operation on an object failed; null when nothing is recorded. */
async function reasonOf(client: ApiClient, id: string): Promise<string | null> {
  const schema = z.looseObject({ user_message: z.string().nullable() });
  try {
    return read(await client.get(`/messages/${id}`), 'message', schema).user_message;
  } catch (error) {
    if (error instanceof CliError && error.exit === 'notFound') return null;
    throw error;
  }
}
