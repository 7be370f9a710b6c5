import { ContractError } from '@scoria/core/contract';
import type { z } from 'zod';

/**
 * Parses the options of one plugin out of the flat backend section; keys of others are ignored. Values are never part
 * of the message: an option may be a secret.
 *
 * @throws ContractError INVALID_CONFIGURATION naming the first option that is wrong and the rule it breaks.
 */
export function parseOptions<Options extends z.ZodObject>(
  owner: string,
  schema: Options,
  section: Readonly<Record<string, unknown>>,
): z.output<Options> {
  const parsed = schema.safeParse(section);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  const option = parsed.error.issues[0]?.path.join('.') ?? '';
  throw new ContractError('INVALID_CONFIGURATION', `${owner}: ${problems.join('; ')}`, {
    details: { option },
  });
}
