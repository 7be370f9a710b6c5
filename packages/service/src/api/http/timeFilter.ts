import type { ListQuery } from '../../model/index.ts';
import { Fault } from './fault.ts';
import { shorten } from './query.ts';

type TimeFilter = ListQuery['timeFilters'][number];

const operators: readonly string[] = [
  'gt',
  'gte',
  'eq',
  'neq',
  'lt',
  'lte',
] satisfies TimeFilter['operator'][];

/** Reads `gt:2026-01-01T00:00:00Z,lt:…`; a time without a zone is UTC. @throws Fault 400. */
export function parseTimeFilter(column: TimeFilter['column'], value: string): TimeFilter[] {
  return value.split(',').map((part) => {
    const [operator = '', ...rest] = part.split(':');
    if (!isOperator(operator))
      throw new Fault(
        400,
        `Invalid ${shorten(operator)} operator in ${column}: write operator:time with one of ${operators.join(', ')}.`,
      );
    return { column, operator, value: isoTime(rest.join(':')) };
  });
}

function isOperator(word: string): word is TimeFilter['operator'] {
  return operators.includes(word);
}

function isoTime(text: string): string {
  const match = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(:\d\d(?:\.\d{1,9})?)?)?(Z|[+-]\d\d:?\d\d)?$/.exec(
    text.trim(),
  );
  const time =
    match === null
      ? Number.NaN
      : Date.parse(`${match[1]}T${match[2] ?? '00:00'}${match[3] ?? ':00'}${zone(match[4])}`);
  if (Number.isNaN(time)) throw new Fault(400, `Invalid ${shorten(text)} value: send an ISO 8601 time.`);
  return new Date(time).toISOString();
}

function zone(text: string | undefined): string {
  if (text === undefined || text === 'Z') return 'Z';
  return text.includes(':') ? text : `${text.slice(0, 3)}:${text.slice(3)}`;
}
