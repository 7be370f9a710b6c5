/**
 * tgtd's management protocol (targets.md §1.1b): one request per connection on a unix stream socket, all integers
 * little-endian, then one reply and the end of the stream.
 */

/** What a request is about. */
export const Mode = {
  system: 0,
  target: 1,
  device: 2,
  portal: 3,
  lld: 4,
  session: 5,
  connection: 6,
  account: 7,
} as const;
export type ModeName = keyof typeof Mode;

/** What a request does. */
export const Op = {
  new: 0,
  delete: 1,
  show: 2,
  bind: 3,
  unbind: 4,
  update: 5,
  stats: 6,
  start: 7,
  stop: 8,
} as const;
export type OpName = keyof typeof Op;

/** Low-level driver of a target: the transport it is served over. */
export type Lld = 'iscsi' | 'iser';

/** Bytes before the parameters of a request. */
export const REQUEST_HEADER_BYTES = 120;
/** Bytes before the text of a reply. */
export const REPLY_HEADER_BYTES = 8;
/** tgtd closes the connection on longer parameters, their final NUL included. */
export const MAX_PARAMETER_BYTES = 8 * 1024;
/** What stands for "none" or "all" in the target id. */
export const NO_TID = -1;
