import { createHash } from 'node:crypto';
import type { Secret } from '@scoria/core/contract';
import { IscsiError } from './errors.ts';

/** A CHAP account. */
export interface ChapCredentials {
  readonly username: string;
  readonly secret: Secret;
}

/** Algorithm number of MD5, the one every target has (RFC 7143 §12.1.3). */
export const CHAP_MD5 = '5';

/**
 * The answer to a challenge: MD5 over identifier, secret and challenge (RFC 1994 §4.1), in the hexadecimal form of
 * RFC 7143 §6.1.
 *
 * @param challenge value of `CHAP_C`: `0x` hexadecimal or `0b` base64
 * @throws IscsiError PROTOCOL when identifier or challenge is malformed
 */
export function chapResponse(identifier: string, challenge: string, secret: Secret): string {
  const id = Number(identifier);
  if (!Number.isInteger(id) || id < 0 || id > 255) {
    throw new IscsiError('PROTOCOL', 'the target sent a malformed CHAP_I');
  }
  const hash = createHash('md5')
    .update(Buffer.from([id]))
    .update(secret.reveal())
    .update(binaryValue(challenge));
  return `0x${hash.digest('hex')}`;
}

function binaryValue(text: string): Buffer {
  const hex = /^0x([0-9a-f]+)$/i.exec(text)?.[1];
  if (hex !== undefined) return Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex');
  const base64 = /^0b([0-9a-z+/]+=*)$/i.exec(text)?.[1];
  if (base64 !== undefined) return Buffer.from(base64, 'base64');
  throw new IscsiError('PROTOCOL', 'the target sent a malformed CHAP_C');
}
