import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  randomBytes,
  timingSafeEqual,
} from 'node:crypto';
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { BackupError } from '../errors.ts';
import type { RepositoryKeys } from '../keys/subkeys.ts';

/** What a sealed object holds. */
export type SealedKind = 'manifest' | 'segment' | 'trailer';

const KINDS: Readonly<Record<SealedKind, number>> = { manifest: 1, segment: 2, trailer: 3 };
const MAGIC = Buffer.from('ScoriaBk', 'latin1');
const VERSION = 1;
const ENCRYPTED = 1;
const HEADER_BYTES = 16;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const CHECKSUM_BYTES = 32;
const SIGNATURE_BYTES = 32;
const END_BYTES = CHECKSUM_BYTES + SIGNATURE_BYTES;
/** Against a decompression that never ends; a manifest of 64 TiB is smaller. */
const MOST_BODY = 1024 * 1024 * 1024;

/**
 * Wraps what is not block data: compressed, encrypted when the repository is, with a checksum against accidents and a signature that
 * binds it to its name. docs/backup-format.md, "Sealed object".
 *
 * @param name of the object that it is or is part of
 */
export function seal(kind: SealedKind, name: string, body: Uint8Array, keys: RepositoryKeys): Buffer {
  const packed = zstdCompressSync(body, { params: { [constants.ZSTD_c_compressionLevel]: 1 } });
  const stored = keys.seal === null ? packed : encrypt(packed, name, keys.seal);
  const header = Buffer.alloc(HEADER_BYTES);
  MAGIC.copy(header);
  header.writeUInt8(KINDS[kind], 8);
  header.writeUInt8(VERSION, 9);
  header.writeUInt8(keys.seal === null ? 0 : ENCRYPTED, 10);
  header.writeUInt32LE(stored.length, 12);
  const checksum = createHash('sha256').update(header).update(stored).digest();
  return Buffer.concat([header, stored, checksum, sign(name, checksum, keys)]);
}

/**
 * The body of a sealed object.
 *
 * @throws BackupError CORRUPT; FORMAT_UNKNOWN; MANIFEST_FORGED when it is whole but not signed for this name with this key; WRONG_KEY
 */
export function unseal(kind: SealedKind, name: string, object: Uint8Array, keys: RepositoryKeys): Buffer {
  const bytes = Buffer.from(object.buffer, object.byteOffset, object.byteLength);
  const corrupt = (why: string, cause?: unknown): BackupError =>
    new BackupError('CORRUPT', `${name} is damaged: ${why}`, { object: name, cause });
  if (bytes.length < HEADER_BYTES + END_BYTES) throw corrupt(`it has ${bytes.length} bytes only`);
  if (!bytes.subarray(0, MAGIC.length).equals(MAGIC)) throw corrupt('it does not begin as it should');
  const end = HEADER_BYTES + bytes.readUInt32LE(12);
  if (end + END_BYTES !== bytes.length) throw corrupt('its length is not the one that was stored');
  const checksum = bytes.subarray(end, end + CHECKSUM_BYTES);
  if (!createHash('sha256').update(bytes.subarray(0, end)).digest().equals(checksum))
    throw corrupt('its checksum differs');
  if (bytes[9] !== VERSION) {
    throw new BackupError(
      'FORMAT_UNKNOWN',
      `${name} is of version ${bytes[9]} of the format; this program reads version ${VERSION}: use the one that wrote it`,
      { object: name },
    );
  }
  if (!timingSafeEqual(sign(name, checksum, keys), bytes.subarray(end + CHECKSUM_BYTES))) {
    throw new BackupError(
      'MANIFEST_FORGED',
      `${name} is not signed for this name with this repository's key: it was swapped or made by somebody else`,
      { object: name },
    );
  }
  if (bytes[8] !== KINDS[kind]) throw corrupt(`it is no ${kind}`);
  const stored = bytes.subarray(HEADER_BYTES, end);
  if ((bytes[10] === ENCRYPTED) !== (keys.seal !== null))
    throw corrupt('encrypted or not, unlike the others');
  try {
    const packed = keys.seal === null ? stored : decrypt(stored, name, keys.seal);
    return zstdDecompressSync(packed, { maxOutputLength: MOST_BODY });
  } catch (error) {
    throw corrupt('it does not open', error);
  }
}

function sign(name: string, checksum: Uint8Array, keys: RepositoryKeys): Buffer {
  return createHmac('sha256', keys.sign).update(`${name}\n`).update(checksum).digest();
}

function encrypt(plain: Uint8Array, name: string, key: Uint8Array): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, nonce);
  cipher.setAAD(Buffer.from(name));
  return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

function decrypt(stored: Buffer, name: string, key: Uint8Array): Buffer {
  const end = stored.length - TAG_BYTES;
  const decipher = createDecipheriv('aes-256-gcm', key, stored.subarray(0, NONCE_BYTES), {
    authTagLength: TAG_BYTES,
  });
  decipher.setAAD(Buffer.from(name));
  decipher.setAuthTag(stored.subarray(end));
  return Buffer.concat([decipher.update(stored.subarray(NONCE_BYTES, end)), decipher.final()]);
}
