import { errorFromNumber, TgtError } from './errors.ts';
import { REPLY_HEADER_BYTES } from './protocol.ts';

/**
 * The text of a reply.
 *
 * @throws TgtError of tgtd's table when the reply says so; `DAEMON_CLOSED` when there is no reply; `MALFORMED_REPLY` when its
 * length is not the one it states.
 */
export function decodeReply(bytes: Buffer, action: string): string {
  if (bytes.length === 0) {
    throw new TgtError(
      'DAEMON_CLOSED',
      `tgtd closed the control socket when asked to ${action}: it died, or does not run as this user and group`,
    );
  }
  if (bytes.length < REPLY_HEADER_BYTES) {
    throw new TgtError('MALFORMED_REPLY', `tgtd answered ${bytes.length} bytes when asked to ${action}`);
  }
  const number = bytes.readUInt32LE(0);
  const length = bytes.readUInt32LE(4);
  if (number !== 0) throw errorFromNumber(number, action);
  if (length !== bytes.length) {
    throw new TgtError(
      'MALFORMED_REPLY',
      `tgtd announced ${length} bytes and sent ${bytes.length} when asked to ${action}`,
    );
  }
  // The text ends with a NUL when there is any.
  return bytes.toString('utf8', REPLY_HEADER_BYTES).replace(/\0+$/, '');
}
