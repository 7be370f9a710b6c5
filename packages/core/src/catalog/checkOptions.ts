import type { z } from 'zod';
import { nearestName } from './nearest.ts';
import type { OptionsSchema } from './optionsSchema.ts';

/** One thing that is wrong with a backend section. */
export interface OptionProblem {
  readonly kind: 'unknown' | 'missing' | 'invalid';
  /** Name of the option. */
  readonly option: string;
  /** Where in the section: the option's name, and indexes or keys below it. */
  readonly path: readonly (string | number)[];
  /** What is wrong and what is expected; never the value, which may be secret. */
  readonly message: string;
  /** Whose option it is. */
  readonly owner: string | undefined;
  /** For an unknown option: the known one that was probably meant. */
  readonly nearest: string | undefined;
}

/**
 * Checks a backend section offline against the schemas of its driver, helper and store. An option is unknown when none
 * of them has it and it is not one of `alsoKnown` (the service's own keys of a section).
 */
export function checkOptions(
  section: Readonly<Record<string, unknown>>,
  schemas: readonly OptionsSchema[],
  alsoKnown: readonly string[] = [],
): OptionProblem[] {
  const known = [...new Set([...schemas.flatMap((each) => each.names), ...alsoKnown])];
  const unknown = Object.keys(section)
    .filter((option) => !known.includes(option))
    .map((option) => unknownOption(option, known));
  return [...unknown, ...schemas.flatMap((schema) => invalidOptions(section, schema))];
}

function unknownOption(option: string, known: readonly string[]): OptionProblem {
  const nearest = nearestName(option, known);
  const hint = nearest === undefined ? '' : `; did you mean "${nearest}"?`;
  return {
    kind: 'unknown',
    option,
    path: [option],
    message: `unknown option "${option}"${hint}`,
    owner: undefined,
    nearest,
  };
}

function invalidOptions(section: Readonly<Record<string, unknown>>, schema: OptionsSchema): OptionProblem[] {
  const parsed = schema.schema.safeParse(section);
  if (parsed.success) return [];
  return parsed.error.issues.map((issue) => problemOf(issue, section, schema));
}

function problemOf(
  issue: z.core.$ZodIssue,
  section: Readonly<Record<string, unknown>>,
  schema: OptionsSchema,
): OptionProblem {
  const path = issue.path.map((step) => (typeof step === 'symbol' ? String(step) : step));
  const option = String(path[0] ?? '');
  const missing = path.length === 1 && section[option] === undefined;
  const purpose = schema.describe(option);
  const what = missing ? `"${option}" is missing` : `"${path.join('.')}": ${issue.message}`;
  return {
    kind: missing ? 'missing' : 'invalid',
    option,
    path,
    message: `${what}${purpose === undefined ? '' : ` (${purpose})`}, option of ${schema.owner}`,
    owner: schema.owner,
    nearest: undefined,
  };
}
