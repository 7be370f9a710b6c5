import type { z } from 'zod';
import { Fault } from './fault.ts';
import { shorten } from './query.ts';

/**
 * Parses a request body.
 * @throws Fault 400 that names the field, its value and the rule. Values of connectors are not repeated.
 */
export function parseBody<Body>(schema: z.ZodType<Body>, body: unknown): Body {
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw new Fault(
      400,
      'Malformed request body: send a JSON object with the header Content-Type: application/json.',
    );
  return parseValue(schema, body, []);
}

/** Parses a part of a body; `path` says where it stands. @throws Fault 400, as {@link parseBody}. */
export function parseValue<Value>(
  schema: z.ZodType<Value>,
  value: unknown,
  path: readonly PropertyKey[],
): Value {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new Fault(400, describe(parsed.error, value, path), { cause: parsed.error });
}

function describe(error: z.ZodError, root: unknown, prefix: readonly PropertyKey[]): string {
  const issue = deepest(error.issues);
  if (issue === undefined) return 'Malformed request body.';
  const path = [...prefix, ...issue.path];
  const field = shorten(path.map(String).join('.'), 300);
  if (issue.code === 'unrecognized_keys') {
    const keys = issue.keys.map((key) => `'${shorten(key)}'`).join(', ');
    const where = path.length === 0 ? 'the body' : `'${field}'`;
    return `Additional properties are not allowed in ${where} (${keys} ${issue.keys.length === 1 ? 'was' : 'were'} unexpected).`;
  }
  if (path.length === 0) return `Malformed request body: ${issue.message}.`;
  const value = valueAt(root, issue.path);
  if (value === undefined) return `'${field}' is a required property: ${issue.message}.`;
  const shown = path.includes('connector') ? '' : ` Value: ${show(value)}.`;
  return `Invalid input for field/attribute ${field}.${shown} ${issue.message}.`;
}

/** A client's own value, short; of structures only the kind. */
function show(value: unknown): string {
  if (typeof value !== 'object' || value === null) return shorten(JSON.stringify(value) ?? '');
  return Array.isArray(value) ? 'a list' : 'an object';
}

type Issue = z.core.$ZodIssue;

/** Of a union, the issue that went furthest says most. */
function deepest(issues: readonly Issue[]): Issue | undefined {
  const [first] = issues;
  if (first?.code !== 'invalid_union') return first;
  const inner = first.errors
    .flat()
    .map((issue) => ({ ...issue, path: [...first.path, ...issue.path] }))
    .sort((one, other) => other.path.length - one.path.length)[0];
  return inner !== undefined && inner.path.length > first.path.length ? inner : first;
}

function valueAt(body: unknown, path: readonly PropertyKey[]): unknown {
  let value = body;
  for (const step of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = Reflect.get(value, step);
  }
  return value;
}
