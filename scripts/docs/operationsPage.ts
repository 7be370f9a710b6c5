import {
  commonErrors,
  contractJsonSchema,
  errorTable,
  type OperationName,
  operationNames,
  operations,
} from '@scoria/core/contract';
import { z } from 'zod';
import { fieldTable } from './fieldTable.ts';
import { jsonType, type Node, nodeSchema } from './jsonType.ts';
import { code, duration, generatedMark, table } from './markdown.ts';

const cancelMeanings = {
  stop: 'the driver stops and undoes what it did',
  ignore: 'the driver finishes; the caller only stops waiting, and reads the state back',
};

/** `docs/reference/operations.md`: every operation, every model. */
export function operationsPage(): string {
  const definitions = z.object({ $defs: z.record(z.string(), nodeSchema) }).parse(contractJsonSchema()).$defs;
  const models = Object.entries(definitions).filter(([name]) => /^[A-Z]/.test(name));
  const definition = (name: string): Node => definitions[name] ?? {};
  return `${[
    generatedMark,
    '# Operations',
    'Every operation of the driver contract. Sizes are bytes; secrets are plain text on the wire and masked everywhere else. ' +
      'Unknown fields are ignored. The machine-readable form is [contract.schema.json](contract.schema.json).',
    table(
      ['Operation', 'Required', 'Deadline', 'Summary'],
      operationNames.map((name) => [
        `[${code(name)}](#${name.toLowerCase()})`,
        operations[name].required ? 'yes' : 'no',
        duration(operations[name].deadlineMs),
        operations[name].summary,
      ]),
    ),
    `Any operation may also answer ${commonErrors.map(errorLink).join(', ')}.`,
    ...operationNames.map((name) =>
      operationSection(name, definition(`${name}.params`), definition(`${name}.result`)),
    ),
    '# Models',
    ...models.map(([name, node]) => modelSection(name, node)),
  ].join('\n\n')}\n`;
}

function operationSection(name: OperationName, params: Node, result: Node): string {
  const { summary, errors, idempotency, deadlineMs, cancel, required } = operations[name];
  return [
    `## ${name}`,
    summary,
    [
      `- ${required ? 'Every driver implements it.' : 'Optional: a driver that implements it has the capability.'}`,
      `- Twice: ${idempotency}`,
      `- Deadline: ${duration(deadlineMs)}.`,
      `- Cancel: ${cancelMeanings[cancel]}.`,
    ].join('\n'),
    `### Parameters of ${name}`,
    fieldTable(params) || 'None.',
    `### Result of ${name}`,
    fieldTable(result) || 'Empty.',
    `### Errors of ${name}`,
    table(
      ['Code', 'Condition', 'What the caller does'],
      errors.map((each) => [errorLink(each), errorTable[each].condition, errorTable[each].caller]),
    ) || 'Only those that any operation may answer.',
  ].join('\n\n');
}

function modelSection(name: string, node: Node): string {
  const variants = node.oneOf ?? node.anyOf;
  const body =
    variants === undefined
      ? fieldTable(node)
      : variants
          .map((variant) => (variant.$ref === undefined ? fieldTable(variant) : `- ${jsonType(variant)}`))
          .join(variants.some((variant) => variant.$ref === undefined) ? '\n\nor\n\n' : '\n');
  return [`## ${name}`, node.description ?? '', body].join('\n\n');
}

function errorLink(name: string): string {
  return `[${code(name)}](../errors.md#${name.toLowerCase()})`;
}
