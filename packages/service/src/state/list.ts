import { type Kysely, type RawBuilder, type SqlBool, sql } from 'kysely';
import type { ListQuery } from '../model/index.ts';
import { ServiceError } from '../model/index.ts';
import type { PairTable } from './pairRepository.ts';
import type { Schema } from './schema.ts';

/** How a filter's text is compared with its column. */
export type FilterType = 'text' | 'flag' | 'integer';

/** What may be listed of a table. Columns are SQL names, qualified by the table. */
export interface ListSpec {
  readonly table: string;
  readonly filters: Readonly<Record<string, { readonly column: string; readonly type: FilterType }>>;
  /** Names as a client gives them. `nullable` columns sort as the empty text. */
  readonly sorts: Readonly<Record<string, { readonly column: string; readonly nullable?: boolean }>>;
  readonly pairs: PairTable | null;
  /** What is known of images. */
  readonly imagePairs?: PairTable;
}

/** A sort, resolved against a {@link ListSpec}; the last one is the id, so that the order is total. */
export interface SortTerm {
  readonly expression: RawBuilder<unknown>;
  readonly direction: 'asc' | 'desc';
}

/** The sort terms of a query. @throws ServiceError InvalidInput for an unknown key. */
export function sortTerms(spec: ListSpec, query: ListQuery): SortTerm[] {
  const asked = query.sort.length > 0 ? query.sort : [{ key: 'created_at', direction: 'desc' } as const];
  const terms = asked.map(({ key, direction }) => {
    const sort = known(spec.sorts, key, 'sort key');
    const column = sql.ref(sort.column);
    return { expression: sort.nullable === true ? sql`coalesce(${column}, '')` : column, direction };
  });
  const last = asked.at(-1)?.direction ?? 'desc';
  return asked.some(({ key }) => key === 'id')
    ? terms
    : [...terms, { expression: sql.ref(`${spec.table}.id`), direction: last }];
}

/** Rows that come after a row with these sort values. */
export function afterMarker(terms: readonly SortTerm[], values: readonly unknown[]): RawBuilder<SqlBool> {
  const branches = terms.map((term, index) => {
    const equal = terms.slice(0, index).map((each, at) => sql<SqlBool>`${each.expression} = ${values[at]}`);
    const beyond =
      term.direction === 'asc'
        ? sql<SqlBool>`${term.expression} > ${values[index]}`
        : sql<SqlBool>`${term.expression} < ${values[index]}`;
    return sql<SqlBool>`(${sql.join([...equal, beyond], sql` AND `)})`;
  });
  return sql<SqlBool>`(${sql.join(branches, sql` OR `)})`;
}

/** All conditions of a query but the marker. @throws ServiceError InvalidInput for an unknown filter or a bad value. */
export function listConditions(
  spec: ListSpec,
  query: ListQuery,
  projectId: string | null,
): RawBuilder<SqlBool>[] {
  const conditions: RawBuilder<SqlBool>[] = [];
  if (projectId !== null) conditions.push(sql`${sql.ref(`${spec.table}.project_id`)} = ${projectId}`);
  for (const [name, text] of Object.entries(query.filters)) {
    const filter = known(spec.filters, name, 'filter');
    conditions.push(sql`${sql.ref(filter.column)} = ${filterValue(name, filter.type, text)}`);
  }
  for (const [name, text] of Object.entries(query.likeFilters)) {
    const { column } = known(spec.filters, name, 'filter');
    conditions.push(sql`instr(lower(${sql.ref(column)}), lower(${text})) > 0`);
  }
  for (const { column, operator, value } of query.timeFilters) {
    const time = new Date(value);
    if (Number.isNaN(time.getTime()))
      throw new ServiceError('InvalidInput', `${column} filter: "${value}" is not an ISO 8601 time`);
    conditions.push(
      sql`${sql.ref(`${spec.table}.${column}`)} ${sql.raw(timeOperators[operator])} ${time.toISOString()}`,
    );
  }
  conditions.push(...pairConditions(spec, spec.pairs, query.metadata));
  conditions.push(...pairConditions(spec, spec.imagePairs ?? null, query.imageMetadata ?? {}));
  return conditions;
}

function pairConditions(
  { table }: ListSpec,
  pairs: PairTable | null,
  wanted: Readonly<Record<string, string>>,
): RawBuilder<SqlBool>[] {
  return Object.entries(wanted).map(([key, value]) => {
    if (pairs === null) throw new ServiceError('InvalidInput', `${table} have no metadata to filter by`);
    return sql`EXISTS (SELECT 1 FROM ${sql.table(pairs)} AS pair WHERE pair.owner_id = ${sql.ref(`${table}.id`)} AND pair.key = ${key} AND pair.value = ${value})`;
  });
}

const timeOperators = { gt: '>', gte: '>=', eq: '=', neq: '<>', lt: '<', lte: '<=' } as const;

function filterValue(name: string, type: FilterType, text: string): string | number {
  if (type === 'text') return text;
  if (type === 'integer') {
    const value = Number(text);
    if (!Number.isSafeInteger(value) || text.trim() === '')
      throw new ServiceError('InvalidInput', `filter ${name}: "${text}" is not an integer`);
    return value;
  }
  if (/^(true|1|yes|on|t|y)$/i.test(text)) return 1;
  if (/^(false|0|no|off|f|n)$/i.test(text)) return 0;
  throw new ServiceError('InvalidInput', `filter ${name}: "${text}" is neither true nor false`);
}

function known<Entry>(table: Readonly<Record<string, Entry>>, name: string, what: string): Entry {
  const entry = Object.hasOwn(table, name) ? table[name] : undefined;
  if (entry === undefined)
    throw new ServiceError(
      'InvalidInput',
      `unknown ${what} "${name}"; known: ${Object.keys(table).sort().join(', ')}`,
    );
  return entry;
}

/** The sort values of one row; undefined when there is no such row. */
export async function sortValues(
  db: Kysely<Schema>,
  table: string,
  id: string,
  terms: readonly SortTerm[],
  projectId: string | null,
): Promise<readonly unknown[] | undefined> {
  // A row of another project is no marker: it would tell that it exists, and where it sorts.
  const own = projectId === null ? sql`` : sql` AND ${sql.ref(`${table}.project_id`)} = ${projectId}`;
  const columns = terms.map(({ expression }, index) => sql`${expression} AS ${sql.ref(`s${index}`)}`);
  const { rows } = await sql<
    Record<string, unknown>
  >`SELECT ${sql.join(columns)} FROM ${sql.table(table)} WHERE ${sql.ref(`${table}.id`)} = ${id}${own}`.execute(
    db,
  );
  const [row] = rows;
  return row === undefined ? undefined : terms.map((_, index) => row[`s${index}`]);
}
