import { gibToBytes } from '@scoria/core/contract';
import type { ListQuery } from '../../model/index.ts';
import type { Call } from './call.ts';
import { Fault } from './fault.ts';
import type { FilterField, ListFields } from './listFields.ts';
import { parseTextDict } from './pythonDict.ts';
import { booleanParam, type Query, readBoolean, shorten } from './query.ts';
import { parseTimeFilter } from './timeFilter.ts';

/** The most objects one page holds (Cinder's `osapi_max_limit`). */
export const maxLimit = 1000;

/** A list request as read from the query string. */
export interface ListRequest {
  readonly query: ListQuery;
  /** A filter excludes every object: do not ask the service. */
  readonly nothing: boolean;
  /** `with_count`, since 3.45. */
  readonly withCount: boolean;
}

const reserved = new Set([
  'limit',
  'marker',
  'offset',
  'sort',
  'sort_key',
  'sort_dir',
  'all_tenants',
  'with_count',
]);

type Draft = {
  filters: Record<string, string>;
  likeFilters: Record<string, string>;
  metadata: Record<string, string>;
  imageMetadata: Record<string, string>;
  timeFilters: ListQuery['timeFilters'][number][];
  nothing: boolean;
};

/** Reads paging, sorting and filters. @throws Fault 400 that names the parameter. */
export function parseListQuery(call: Call, fields: ListFields): ListRequest {
  const { query, minor } = call;
  const page = parsePage(query);
  const draft: Draft = {
    filters: {},
    likeFilters: {},
    metadata: Object.create(null),
    imageMetadata: Object.create(null),
    timeFilters: [],
    nothing: false,
  };
  const refused: string[] = [];
  for (const [key, value] of Object.entries(query)) {
    if (reserved.has(key) || value === '') continue;
    if (!readFilter(call, fields, key, value, draft)) refused.push(key);
  }
  if (refused.length > 0 && minor >= 31)
    throw new Fault(
      400,
      `Invalid filters ${shorten(refused.join(', '), 200)} are found in query options: a list of ${fields.resource}s takes ${filterNames(call, fields)}.`,
    );
  // Before 3.31 unknown filters of users are ignored; to an administrator they match nothing, as in Cinder.
  if (refused.length > 0 && call.context.isAdmin) draft.nothing = true;
  const { nothing, ...filters } = draft;
  return {
    query: {
      ...page,
      ...filters,
      allProjects: call.context.isAdmin && booleanParam(query, 'all_tenants'),
      sort: parseSort(query, fields),
    },
    nothing,
    withCount: minor >= 45 && booleanParam(query, 'with_count'),
  };
}

/** `limit`, `offset` and `marker`. @throws Fault 400 when one is not a number in range. */
export function parsePage(query: Query): { limit: number; offset: number; marker: string | null } {
  return {
    limit: Math.min(integerParam(query, 'limit') ?? maxLimit, maxLimit),
    offset: integerParam(query, 'offset') ?? 0,
    marker: query['marker'] ?? null,
  };
}

function integerParam(query: Query, name: string): number | null {
  const text = query[name];
  if (text === undefined) return null;
  const value = /^\s*[+-]?\d{1,15}\s*$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isNaN(value)) throw new Fault(400, `${name} param must be an integer, not '${shorten(text)}'.`);
  if (value < 0) throw new Fault(400, `${name} param must be positive, not ${value}.`);
  return value;
}

function parseSort(query: Query, fields: ListFields): ListQuery['sort'] {
  const { sort, sort_key: sortKey, sort_dir: sortDir } = query;
  if (sort !== undefined && (sortKey !== undefined || sortDir !== undefined))
    throw new Fault(
      400,
      "The 'sort_key' and 'sort_dir' parameters are deprecated and cannot be used with the 'sort' parameter.",
    );
  const wanted = sort?.trim().split(',') ?? [`${sortKey ?? 'created_at'}:${sortDir ?? 'desc'}`];
  return wanted.map((part) => {
    const [name = '', direction = 'desc'] = part.split(':').map((word) => word.trim());
    const key = Object.hasOwn(fields.sort, name) ? fields.sort[name] : undefined;
    if (key === undefined)
      throw new Fault(
        400,
        `Sort key supplied is invalid: '${shorten(name)}'; use one of ${Object.keys(fields.sort).join(', ')}.`,
      );
    if (direction !== 'asc' && direction !== 'desc')
      throw new Fault(400, `Unknown sort direction '${shorten(direction)}', must be one of: asc, desc.`);
    return { key, direction };
  });
}

function filterNames(call: Call, fields: ListFields): string {
  return Object.entries(fields.filters)
    .filter(([, field]) => usable(call, field))
    .map(([key]) => key)
    .join(', ');
}

function usable(call: Call, field: FilterField): boolean {
  return (field.since ?? 0) <= call.minor && (field.admin !== true || call.context.isAdmin);
}

/** Whether the filter is known to this caller at this microversion. */
function readFilter(call: Call, fields: ListFields, key: string, value: string, draft: Draft): boolean {
  const isLike = key.endsWith('~') && call.minor >= 34;
  const name = isLike ? key.slice(0, -1) : key;
  const field = Object.hasOwn(fields.filters, name) ? fields.filters[name] : undefined;
  if (field === undefined || !usable(call, field)) return false;
  const target = field.as ?? name;
  if (isLike) {
    if (field.like === true) draft.likeFilters[target] = value;
    return field.like === true;
  }
  switch (field.kind) {
    case 'text':
      draft.filters[target] = value;
      return true;
    case 'boolean':
      draft.filters[target] = String(booleanFilter(call, key, value));
      return true;
    case 'size':
      if (/^\d{1,7}$/.test(value)) draft.filters[target] = String(gibToBytes(Number(value)));
      else draft.nothing = true;
      return true;
    case 'metadata':
      Object.assign(draft.metadata, metadataFilter(key, value));
      return true;
    case 'imageMetadata':
      Object.assign(draft.imageMetadata, metadataFilter(key, value));
      return true;
    case 'time':
      draft.timeFilters.push(...parseTimeFilter(key === 'updated_at' ? 'updated_at' : 'created_at', value));
      return true;
    case 'everything':
      if (!booleanFilter(call, key, value)) draft.nothing = true;
      return true;
    case 'nothing':
      draft.nothing = true;
      return true;
  }
}

/** Before 3.2 every word but "false" means true. */
function booleanFilter(call: Call, key: string, value: string): boolean {
  if (call.minor < 2) return !['false', '0'].includes(value.toLowerCase());
  const parsed = readBoolean(value);
  if (parsed === null)
    throw new Fault(400, `Invalid input received: '${key} = ${shorten(value)}': send true or false.`);
  return parsed;
}

function metadataFilter(key: string, value: string): Record<string, string> {
  const parsed = parseTextDict(value);
  if (parsed === null)
    throw new Fault(
      400,
      `Invalid filter ${key}='${shorten(value)}': send a dictionary such as {'key': 'value'}.`,
    );
  return parsed;
}
