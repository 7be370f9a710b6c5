import { z } from 'zod';
import { CliError } from '../cliError.ts';

/** Takes `key` out of an answer and checks it. @throws CliError failed when the service speaks another dialect */
export function read<Schema extends z.ZodType>(
  answer: unknown,
  key: string,
  schema: Schema,
): z.output<Schema> {
  const parsed = z.looseObject({ [key]: schema }).safeParse(answer);
  if (!parsed.success) {
    throw new CliError(
      'failed',
      `The service's answer has no usable "${key}": ${z.prettifyError(parsed.error)}`,
    );
  }
  return parsed.data[key] as z.output<Schema>;
}
