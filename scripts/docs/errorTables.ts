import {
  commonErrors,
  type ErrorCode,
  errorCodes,
  errorTable,
  operationNames,
  operations,
  type RetryClass,
} from '@scoria/core/contract';
import { code, table } from './markdown.ts';

const meanings: Record<RetryClass, string> = {
  never: 'Final: the same request fails again.',
  backoff: 'Transient: the same request may succeed after a wait.',
  'after-change': 'Final until what the message names has changed.',
  reconcile: 'Outcome unknown: the effect may have happened.',
};

/** The generated blocks of `docs/errors.md`. */
export function errorTables(): Record<string, string> {
  const common = new Set<ErrorCode>(commonErrors);
  return {
    errors: table(
      ['Condition', 'Code', 'Meaning', 'What the caller does'],
      errorCodes.map((each) => {
        const { name, status, condition, retry, caller } = errorTable[each];
        return [
          condition,
          `<a id="${each.toLowerCase()}"></a>${code(each)}\n${name}, HTTP ${status}`,
          `${meanings[retry]} (${code(retry)})`,
          caller,
        ];
      }),
    ),
    'common-errors': commonErrors.map((each) => `- ${link(each)}`).join('\n'),
    'errors-by-operation': table(
      ['Operation', 'Codes besides the common ones'],
      operationNames.map((name) => [code(name), operations[name].errors.map(link).join(', ') || 'none']),
    ),
    'errors-outside-operations': errorCodes
      .filter(
        (each) =>
          !common.has(each) && operationNames.every((name) => !operations[name].errors.includes(each)),
      )
      .map((each) => `- ${link(each)}`)
      .join('\n'),
  };
}

function link(each: ErrorCode): string {
  return `[${code(each)}](#${each.toLowerCase()})`;
}
