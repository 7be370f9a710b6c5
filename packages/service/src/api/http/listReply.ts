import type { ListQuery, Page } from '../../model/index.ts';
import type { Call } from './call.ts';
import type { ListFields } from './listFields.ts';
import { type ListRequest, parseListQuery } from './listQuery.ts';

/**
 * Answers a list: the items under `key`, `<key>_links` when there is a next page, `count` when asked for.
 * @param collection path of the list in the `next` link, for instance `volumes/detail`
 */
export async function listReply<Item extends { readonly id: string }, View>(
  call: Call,
  fields: ListFields,
  names: { readonly key: string; readonly collection: string },
  source: {
    list(query: ListQuery): Promise<Page<Item>>;
    views(items: readonly Item[]): Promise<readonly View[]> | readonly View[];
  },
): Promise<Record<string, unknown>> {
  const request = parseListQuery(call, fields);
  const page = await pageOf(request, source.list);
  const last = page.items.at(-1);
  return {
    [names.key]: await source.views(page.items),
    ...(page.hasMore &&
      last !== undefined && {
        [`${names.key}_links`]: call.links.next(names.collection, call.query, last.id),
      }),
    ...(request.withCount && { count: await page.total() }),
  };
}

async function pageOf<Item>(
  { query, nothing }: ListRequest,
  list: (query: ListQuery) => Promise<Page<Item>>,
): Promise<Page<Item>> {
  if (nothing) return emptyPage();
  if (query.limit !== 0) return list(query);
  const { total } = await list({ ...query, limit: 1 });
  return { items: [], hasMore: false, total };
}

function emptyPage<Item>(): Page<Item> {
  return { items: [], hasMore: false, total: async () => 0 };
}
