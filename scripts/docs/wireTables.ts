import {
  CONTRACT_ERROR_CODE,
  COOKIE_NAME,
  COOKIE_VALUE,
  contractJsonSchema,
  EXIT_NOT_SUPERVISED,
  MAX_LINE_BYTES,
  operationNames,
  operations,
  PROTOCOL_VERSIONS,
  WIRE_FD,
} from '@scoria/core/contract';
import { z } from 'zod';
import { fieldTable } from './fieldTable.ts';
import { nodeSchema } from './jsonType.ts';
import { code, table } from './markdown.ts';

/** The generated blocks of `docs/protocol.md`. */
export function wireTables(): Record<string, string> {
  const { $defs } = z.object({ $defs: z.record(z.string(), nodeSchema) }).parse(contractJsonSchema());
  const fields = (name: string): string => fieldTable($defs[name] ?? {});
  return {
    constants: table(
      ['What', 'Value'],
      [
        ['protocol versions', PROTOCOL_VERSIONS.join(', ')],
        ['file descriptor of the wire', String(WIRE_FD)],
        ['longest line, in bytes, without its newline', String(MAX_LINE_BYTES)],
        ['JSON-RPC error code of a contract error', String(CONTRACT_ERROR_CODE)],
        ['environment variable of a supervised driver', `${code(COOKIE_NAME)} = ${code(COOKIE_VALUE)}`],
        ['exit code of a driver that was started by hand', String(EXIT_NOT_SUPERVISED)],
      ],
    ),
    'initialize-params': fields('initialize.params'),
    'initialize-result': fields('initialize.result'),
    'configure-params': fields('configure.params'),
    'probe-result': fields('probe.result'),
    meta: fields('meta'),
    progress: fields('progress'),
    'wire-error': fields('error'),
    manifest: fields('manifest'),
    'required-operations': operationNames
      .filter((name) => operations[name].required)
      .map((name) => `[${code(name)}](reference/operations.md#${name.toLowerCase()})`)
      .join(', '),
  };
}
