import { type ConnectionInfo, connectionInfoSchema } from '@scoria/core/contract';
import { z } from 'zod';
import { CliError } from '../cliError.ts';

/** Turns an attachment's flat `connection_info` into connection information. @throws CliError failed */
export function connectionOf(flat: Readonly<Record<string, unknown>>): ConnectionInfo {
  const { driver_volume_type, identity, attachment_id: _, ...data } = flat;
  const nested = { driver_volume_type, data, ...(identity !== undefined && { identity }) };
  const parsed = connectionInfoSchema.safeParse(nested);
  if (parsed.success) return parsed.data;
  throw new CliError(
    'failed',
    `The service sent connection information that cannot be used: ${z.prettifyError(parsed.error)}`,
  );
}
