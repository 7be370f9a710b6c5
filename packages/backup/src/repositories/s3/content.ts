import { open } from 'node:fs/promises';
import { BackupError } from '../../errors.ts';
import { withLocalFile } from './localFile.ts';

/** What is to be stored, readable in pieces and more than once. */
export interface Content extends AsyncDisposable {
  readonly bytes: number;
  /** Exactly these bytes. */
  read(offset: number, length: number): Promise<Uint8Array>;
}

/** Bytes in memory. */
export function memoryContent(content: Uint8Array): Content {
  return {
    bytes: content.byteLength,
    read: async (offset, length) => content.subarray(offset, offset + length),
    [Symbol.asyncDispose]: async () => undefined,
  };
}

/** A file of this host, as large as it is now. `object` is what it shall become, for messages. */
export async function fileContent(path: string, object: string): Promise<Content> {
  const file = await withLocalFile(path, object, () => open(path, 'r'));
  try {
    const { size } = await file.stat();
    return {
      bytes: size,
      async read(offset, length) {
        const buffer = Buffer.allocUnsafeSlow(length);
        for (let filled = 0; filled < length; ) {
          const { bytesRead } = await withLocalFile(path, object, () =>
            file.read(buffer, filled, length - filled, offset + filled),
          );
          if (bytesRead === 0)
            throw new BackupError('CORRUPT', `${path} became shorter while it was stored`, { object });
          filled += bytesRead;
        }
        return buffer;
      },
      [Symbol.asyncDispose]: () => file.close(),
    };
  } catch (error) {
    await file.close();
    throw error;
  }
}
