import type { ListFields } from '../http/listFields.ts';

/** Names of the query parameters of a list, for the OpenAPI document. */
export function listParameters(fields: ListFields): string[] {
  return [
    'limit',
    'offset',
    'marker',
    'sort',
    'sort_key',
    'sort_dir',
    'all_tenants',
    'with_count',
    ...Object.keys(fields.filters),
  ];
}
