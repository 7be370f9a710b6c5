import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { CliError } from '../cliError.ts';
import type { ApiClient } from './client.ts';
import type { Kind } from './kinds.ts';
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
]);
const FIRST_MS = 15;
const LONGEST_MS = 500;

interface Stateful {
  readonly id: string;
  readonly status: string;
}

/**
 * Waits until an object is in one of the `wanted` statuses.
 *
 * @throws CliError failed with the service's reason when it ends in another one; timeout
 */
export async function settle<Schema extends z.ZodType<Stateful>>(
  client: ApiClient,
  kind: Kind<Schema>,
  id: string,
  wanted: readonly string[],
  timeoutSeconds: number,
): Promise<z.output<Schema>> {
  const end = performance.now() + timeoutSeconds * 1000;
  for (let wait = FIRST_MS; ; wait = Math.min(LONGEST_MS, wait * 1.5)) {
    const object = read(await client.get(`${kind.path}/${id}`), kind.key, kind.schema);
    if (wanted.includes(object.status)) return object;
    if (!passing.has(object.status)) throw await ended(client, kind, object);
    await pause(kind, id, object.status, wait, end);
  }
}

/** Waits until an object is gone. @throws CliError failed, timeout */
export async function settleGone<Schema extends z.ZodType<Stateful>>(
  client: ApiClient,
  kind: Kind<Schema>,
  id: string,
  timeoutSeconds: number,
): Promise<void> {
  const end = performance.now() + timeoutSeconds * 1000;
  for (let wait = FIRST_MS; ; wait = Math.min(LONGEST_MS, wait * 1.5)) {
    try {
      const object = read(await client.get(`${kind.path}/${id}`), kind.key, kind.schema);
      if (object.status !== 'deleting') throw await ended(client, kind, object);
      await pause(kind, id, object.status, wait, end);
    } catch (error) {
      if (error instanceof CliError && error.exit === 'notFound') return;
      throw error;
    }
  }
}

async function pause(
  kind: Kind<z.ZodType>,
  id: string,
  status: string,
  wait: number,
  end: number,
): Promise<void> {
  if (performance.now() > end) {
    throw new CliError('timeout', `The ${kind.word} ${id} is still ${status}; the operation goes on.`, {
      hint: `Look again with "scoria ${kind.key} show ${id}", or wait longer with --timeout.`,
    });
  }
  await delay(wait);
}

async function ended(client: ApiClient, kind: Kind<z.ZodType>, object: Stateful): Promise<CliError> {
  const reason = await reasonOf(client, object.id);
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
