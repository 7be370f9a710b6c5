import { createHmac, hkdfSync } from 'node:crypto';

/** Keys of one repository, each for one purpose only (RFC 5869). Never logged, never stored. */
export interface RepositoryKeys {
  /** Of the signatures of manifests and index segments. */
  readonly sign: Uint8Array;
  /** Of blocks' hashes; null: the repository is not encrypted and hashes are plain SHA-256. */
  readonly hash: Uint8Array | null;
  /** What manifests and index segments are encrypted with; null as above. */
  readonly seal: Uint8Array | null;
  /** What the frames of one pack are encrypted with; null as above. */
  packKey(packId: string): Uint8Array | null;
}

/** @param secret the key, or the secret that a repository without encryption signs with */
export function repositoryKeys(secret: Uint8Array, repositoryId: string, encrypted: boolean): RepositoryKeys {
  const subkey = (purpose: string): Uint8Array => derive(secret, repositoryId, purpose);
  return {
    sign: subkey('sign'),
    hash: encrypted ? subkey('hash') : null,
    seal: encrypted ? subkey('seal') : null,
    packKey: (packId) => (encrypted ? subkey(`pack/${packId}`) : null),
  };
}

/** Tells whether a key is the repository's, without telling anything about the key. */
export function keyCheck(key: Uint8Array, repositoryId: string, facts: string): string {
  return createHmac('sha256', derive(key, repositoryId, 'check'))
    .update(facts)
    .digest('hex');
}

function derive(secret: Uint8Array, repositoryId: string, purpose: string): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', secret, repositoryId, `scoria-backup/1/${purpose}`, 32));
}
