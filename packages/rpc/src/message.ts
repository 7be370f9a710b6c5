import { isUtf8 } from 'node:buffer';
import { ProtocolViolationError } from './errors.ts';

/** JSON-RPC ids: a string or an integer (null and fractions are refused). */
export type RpcId = string | number;

export interface RequestMessage {
  kind: 'request';
  id: RpcId;
  method: string;
  params: unknown;
}

export interface NotificationMessage {
  kind: 'notification';
  method: string;
  params: unknown;
}

export interface ResultMessage {
  kind: 'result';
  id: RpcId;
  result: unknown;
}

export interface ErrorMessage {
  kind: 'error';
  id: RpcId;
  error: { code: number; message: string; data: unknown };
}

export type Message = RequestMessage | NotificationMessage | ResultMessage | ErrorMessage;

/**
 * Parses one line.
 *
 * @throws ProtocolViolationError `junk` when it is no UTF-8 or no JSON, `invalid-message` when it is JSON but not a
 * JSON-RPC 2.0 message (batches are not supported), `rejected-by-peer` when it is an error response with id null,
 * i.e. the peer could not read something of ours.
 */
export function parseMessage(line: Buffer): Message {
  if (!isUtf8(line)) throw new ProtocolViolationError('junk', `a line of ${line.length} bytes is not UTF-8`);
  const text = line.toString('utf8');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // V8's message quotes the input, which may hold a secret: only the first characters are shown.
    throw new ProtocolViolationError(
      'junk',
      `a line of ${line.length} bytes is not JSON; it starts with ${head(text)}`,
    );
  }
  return classify(value);
}

function head(text: string): string {
  return JSON.stringify(text.slice(0, 12));
}

function invalid(detail: string): ProtocolViolationError {
  return new ProtocolViolationError('invalid-message', detail);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isId(value: unknown): value is RpcId {
  return typeof value === 'string' || Number.isSafeInteger(value);
}

function classify(value: unknown): Message {
  if (Array.isArray(value)) throw invalid('batches are not supported');
  if (!isRecord(value)) throw invalid('not an object');
  if (value['jsonrpc'] !== '2.0') throw invalid('"jsonrpc" is not "2.0"');
  const { id, method, params } = value;
  if (method === undefined) return classifyResponse(value);
  if (typeof method !== 'string') throw invalid('"method" is not a string');
  if (id === undefined) return { kind: 'notification', method, params };
  if (!isId(id)) throw invalid('"id" is neither a string nor an integer');
  return { kind: 'request', id, method, params };
}

function classifyResponse(value: Record<string, unknown>): Message {
  const { id, result, error } = value;
  if (error === undefined) {
    if (result === undefined) throw invalid('neither "method", "result" nor "error"');
    if (!isId(id)) throw invalid('a result whose "id" is neither a string nor an integer');
    return { kind: 'result', id, result };
  }
  if (result !== undefined) throw invalid('both "result" and "error"');
  if (!isRecord(error)) throw invalid('"error" is not an object');
  const { code, message, data } = error;
  if (typeof code !== 'number' || !Number.isSafeInteger(code) || typeof message !== 'string') {
    throw invalid('"error" lacks an integer "code" or a string "message"');
  }
  if (id === null)
    throw new ProtocolViolationError('rejected-by-peer', `the peer answered ${code} to an unreadable line`);
  if (!isId(id)) throw invalid('an error whose "id" is neither a string nor an integer');
  return { kind: 'error', id, error: { code, message, data } };
}

/** The line of a request, newline included. */
export function requestLine(id: number, method: string, params: unknown): string {
  return `${JSON.stringify({ jsonrpc: '2.0', id, method, params })}\n`;
}

/** The line of a notification, newline included. */
export function notificationLine(method: string, params: unknown): string {
  return `${JSON.stringify({ jsonrpc: '2.0', method, params })}\n`;
}

/** The line of a result, newline included; `undefined` becomes null, since JSON-RPC demands the member. */
export function resultLine(id: RpcId, result: unknown): string {
  return `${JSON.stringify({ jsonrpc: '2.0', id, result: result === undefined ? null : result })}\n`;
}

/** The line of an error response, newline included. */
export function errorLine(id: RpcId, error: { code: number; message: string; data?: unknown }): string {
  return `${JSON.stringify({ jsonrpc: '2.0', id, error })}\n`;
}

/** True when the line, without its newline, is longer than `maxBytes` in UTF-8. */
export function exceeds(line: string, maxBytes: number): boolean {
  if (line.length - 1 > maxBytes) return true;
  // No UTF-16 unit needs more than three bytes: short lines need no count.
  return (line.length - 1) * 3 > maxBytes && Buffer.byteLength(line) - 1 > maxBytes;
}
