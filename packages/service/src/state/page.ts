import { type RawBuilder, type SqlBool, sql } from 'kysely';
import type { ListQuery } from '../model/index.ts';
import { ServiceError, type ServiceErrorKind } from '../model/index.ts';
import { afterMarker, type ListSpec, listConditions, type SortTerm, sortTerms } from './list.ts';

/** Conditions, order and bounds of one page, ready for a query. */
export interface PagePlan {
  readonly conditions: readonly RawBuilder<SqlBool>[];
  readonly terms: readonly SortTerm[];
  /** What the page must additionally come after; null at the start of the list. */
  readonly after: RawBuilder<SqlBool> | null;
  /** One more than asked for, to tell whether there is a next page; -1 is no limit. */
  readonly rows: number;
  readonly offset: number;
}

/** Reads the sort values of the marker row; undefined when there is no such row. */
export type ReadMarker = (id: string, terms: readonly SortTerm[]) => Promise<readonly unknown[] | undefined>;

/** Plans one page of a list. @throws ServiceError `missing` when the marker is unknown, InvalidInput for a bad query. */
export async function planPage(
  spec: ListSpec,
  query: ListQuery,
  projectId: string | null,
  missing: ServiceErrorKind,
  readMarker: ReadMarker,
): Promise<PagePlan> {
  const terms = sortTerms(spec, query);
  const conditions = listConditions(spec, query, projectId);
  let after: RawBuilder<SqlBool> | null = null;
  if (query.marker !== null) {
    const values = await readMarker(query.marker, terms);
    if (values === undefined)
      throw new ServiceError(missing, `the marker ${query.marker} does not exist; list from the start again`);
    after = afterMarker(terms, values);
  }
  return {
    conditions,
    terms,
    after,
    rows: query.limit === null ? -1 : query.limit + 1,
    offset: query.offset,
  };
}

/** `WHERE … ORDER BY … LIMIT … OFFSET …` of a plan. */
export function pageClauses(plan: PagePlan): RawBuilder<unknown> {
  const all = plan.after === null ? plan.conditions : [...plan.conditions, plan.after];
  const order = plan.terms.map(
    ({ expression, direction }) => sql`${expression} ${sql.raw(direction === 'asc' ? 'ASC' : 'DESC')}`,
  );
  return sql`${whereClause(all)} ORDER BY ${sql.join(order)} LIMIT ${plan.rows} OFFSET ${plan.offset}`;
}

/** `WHERE …`, or nothing. */
export function whereClause(conditions: readonly RawBuilder<SqlBool>[]): RawBuilder<unknown> {
  return conditions.length === 0 ? sql`` : sql`WHERE ${sql.join([...conditions], sql` AND `)}`;
}
