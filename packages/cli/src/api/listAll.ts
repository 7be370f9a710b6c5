import { z } from 'zod';
import type { ApiClient } from './client.ts';
import type { Kind } from './kinds.ts';
import { read } from './read.ts';

const PAGE = 500;

/** All objects of a kind, page by page, at most `limit`. */
export async function listAll<Schema extends z.ZodType<{ readonly id: string }>>(
  client: ApiClient,
  kind: Kind<Schema>,
  query: Readonly<Record<string, string>> = {},
  limit = Number.POSITIVE_INFINITY,
): Promise<z.output<Schema>[]> {
  const all: z.output<Schema>[] = [];
  for (let marker: string | undefined; ; ) {
    const wanted = Math.min(PAGE, limit - all.length);
    const page = { ...query, limit: String(wanted), ...(marker !== undefined && { marker }) };
    const items = read(await client.get(kind.listPath, page), kind.listKey, z.array(kind.schema));
    all.push(...items);
    marker = items.at(-1)?.id;
    if (items.length < wanted || marker === undefined || all.length >= limit) return all;
  }
}
