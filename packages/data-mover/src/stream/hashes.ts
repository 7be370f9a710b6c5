import { createHash } from 'node:crypto';
import type { StreamHash, StreamResult } from './request.ts';

/** Digests of a stream, several at once. */
export class StreamHashes {
  readonly #hashes;

  constructor(names: readonly StreamHash[]) {
    this.#hashes = [...new Set(names)].map((name) => ({ name, hash: createHash(name) }));
  }

  /** Adds bytes. */
  update(bytes: Buffer): void {
    for (const { hash } of this.#hashes) hash.update(bytes);
  }

  /** The digests; nothing can be added after. */
  digests(): StreamResult['digests'] {
    return Object.fromEntries(this.#hashes.map(({ name, hash }) => [name, hash.digest('hex')]));
  }
}
