import { type ConnectionInfo, connectionInfoSchema } from '@scoria/core/contract';
import { z } from 'zod';

/** Whether the caller needs the CHAP secret; without, the key is left out. */
export type Secrets = 'reveal' | 'omit';

type Plain = Record<string, unknown>;

/** Connection info as `os-initialize_connection` answers it: nested. */
export function nestedConnectionInfo(info: ConnectionInfo, secrets: Secrets): Plain {
  const { data, ...rest } = z.encode(connectionInfoSchema, info);
  return { ...rest, data: withoutSecret({ ...data }, secrets) };
}

/** Connection info of an attachment: flat. Empty before the connector is known. */
export function flatConnectionInfo(info: ConnectionInfo | null, id: string, secrets: Secrets): Plain {
  if (info === null) return {};
  const { data, ...rest } = z.encode(connectionInfoSchema, info);
  return { ...withoutSecret({ ...data }, secrets), ...rest, attachment_id: id };
}

function withoutSecret(data: Plain, secrets: Secrets): Plain {
  if (secrets === 'omit') delete data['auth_password'];
  return data;
}
