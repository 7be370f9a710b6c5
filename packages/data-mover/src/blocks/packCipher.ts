import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject } from 'node:crypto';
import { TAG_BYTES } from './frame.ts';

/**
 * Encrypts the frames of one pack (AES-256-GCM). The key is the pack's own and a frame's nonce is its offset in the pack, so that no
 * nonce is used twice; the header is authenticated with it, so that a frame cannot stand for another.
 */
export class PackCipher {
  readonly #key: KeyObject;

  /** @param key 32 bytes, of this pack only */
  constructor(key: Uint8Array) {
    this.#key = createSecretKey(key);
  }

  /** Encrypts into `target`: as many bytes, then the tag. */
  seal(payload: Uint8Array, header: Uint8Array, offset: number, target: Buffer): void {
    const cipher = createCipheriv('aes-256-gcm', this.#key, nonce(offset));
    cipher.setAAD(header);
    target.set(cipher.update(payload));
    cipher.final();
    target.set(cipher.getAuthTag(), payload.length);
  }

  /** @param sealed ciphertext and tag. @returns undefined when either, the header or the offset is not what was sealed */
  open(sealed: Uint8Array, header: Uint8Array, offset: number): Buffer | undefined {
    const end = sealed.length - TAG_BYTES;
    if (end < 0) return undefined;
    const decipher = createDecipheriv('aes-256-gcm', this.#key, nonce(offset), { authTagLength: TAG_BYTES });
    decipher.setAAD(header);
    decipher.setAuthTag(sealed.subarray(end));
    const payload = decipher.update(sealed.subarray(0, end));
    try {
      decipher.final();
      return payload;
    } catch {
      return undefined; // node has no other error here: the tag does not fit
    }
  }
}

function nonce(offset: number): Buffer {
  const bytes = Buffer.alloc(12);
  bytes.writeBigUInt64BE(BigInt(offset), 4);
  return bytes;
}
