import { z } from 'zod';

type OptionalKeys<Schema extends z.ZodType> = {
  [Key in keyof z.input<Schema> & keyof z.output<Schema>]: undefined extends z.input<Schema>[Key]
    ? Key
    : never;
}[keyof z.input<Schema> & keyof z.output<Schema>];

/** The in-memory form of an object schema, with the fields that have a default made optional (top level only). */
export type Written<Schema extends z.ZodType> = Omit<z.output<Schema>, OptionalKeys<Schema>> &
  Partial<Pick<z.output<Schema>, OptionalKeys<Schema>>>;

/**
 * Fills the defaults of top-level fields that are absent. Needed before `z.encode`: in zod 4 a default applies only
 * when decoding.
 */
export function fillDefaults<Schema extends z.ZodType>(
  schema: Schema,
  value: Written<Schema>,
): z.output<Schema> {
  // What is no object is left for the schema to refuse: spreading it would make an empty object of it.
  if (!(schema instanceof z.ZodObject) || !isObject(value)) return value as z.output<Schema>;
  const filled: Record<string, unknown> = { ...value };
  for (const [key, field] of Object.entries(schema.shape)) {
    if (filled[key] !== undefined) continue;
    if (field instanceof z.ZodDefault) filled[key] = field.def.defaultValue;
    else delete filled[key];
  }
  return filled as z.output<Schema>;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
