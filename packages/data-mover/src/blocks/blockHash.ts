import { createHmac, hash } from 'node:crypto';

/**
 * The address of a block: SHA-256 of its bytes; with a key HMAC-SHA256, since a plain hash tells who guesses a block's content that
 * he guessed right.
 */
export function blockHash(block: Uint8Array, key: Uint8Array | null): Buffer {
  return key === null ? hash('sha256', block, 'buffer') : createHmac('sha256', key).update(block).digest();
}
