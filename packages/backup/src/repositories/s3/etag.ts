import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';

const MIB = 2 ** 20;
const SMALLEST_PART = 8 * MIB;
/** Swift's default; S3 itself has 10,000. */
const MOST_PARTS = 1000;

/** Size of the parts that an object of `bytes` is stored in. Derived from the size alone, so that a reader can compute the ETag. */
export function partSize(bytes: number): number {
  return Math.max(SMALLEST_PART, Math.ceil(bytes / MOST_PARTS / MIB) * MIB);
}

/** MD5, as S3 uses it for integrity on the way (not against forgery). Gives others a turn between the megabytes. */
export async function md5(content: Uint8Array): Promise<Buffer> {
  const hash = createHash('md5');
  for (let offset = 0; offset < content.byteLength; offset += MIB) {
    if (offset > 0) await setImmediate();
    hash.update(content.subarray(offset, offset + MIB));
  }
  return hash.digest();
}

/** The ETag of an object made of these parts, without quotes: the MD5 of one, `MD5 of MD5s - count` of many. */
export function etagOf(parts: readonly Buffer[]): string {
  const [only] = parts;
  if (only !== undefined && parts.length === 1) return only.toString('hex');
  return `${createHash('md5').update(Buffer.concat(parts)).digest('hex')}-${parts.length}`;
}

/** What of an answer says whether its ETag is made of MD5s. */
export interface TaggedAnswer {
  readonly ETag?: string | undefined;
  readonly ServerSideEncryption?: string | undefined;
  readonly SSECustomerAlgorithm?: string | undefined;
}

/**
 * The ETag of an answer when it can be compared with {@link etagOf}; undefined where the server encrypts with keys of its own, or
 * the object was stored in parts of another number than ours.
 */
export function comparableEtag(answer: TaggedAnswer, parts: number): string | undefined {
  const etag = answer.ETag?.replaceAll('"', '');
  if (answer.ServerSideEncryption?.startsWith('aws:kms') || answer.SSECustomerAlgorithm !== undefined)
    return undefined;
  const form = parts === 1 ? /^[0-9a-f]{32}$/ : new RegExp(`^[0-9a-f]{32}-${parts}$`);
  return etag !== undefined && form.test(etag) ? etag : undefined;
}
