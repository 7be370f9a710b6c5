import { ContractError, z } from '@scoria/driver-sdk';

/**
 * The rows of a report of LVM.
 *
 * @throws ContractError BACKEND_ERROR when it has another form
 */
export function parseReport<Schema extends z.ZodType>(
  program: string,
  text: string,
  schema: Schema,
): z.output<Schema> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new ContractError('BACKEND_ERROR', `${program} reported no JSON`, { cause });
  }
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  throw new ContractError(
    'BACKEND_ERROR',
    `${program} reported something else than was asked for: ${z.prettifyError(parsed.error)}`,
  );
}
