import { diskFormats } from '../model.ts';
import type { InspectionRequest } from './detector.ts';

/** Digests that the inspector can compute. */
export const inspectorHashes = ['md5', 'sha1', 'sha256', 'sha512'] as const;

/** What the inspector program is asked. */
export interface InspectorArguments extends InspectionRequest {
  /** `file`: descriptor 3. `head`: stdin, the first bytes of a stream. */
  readonly input: 'file' | 'head';
  /** Bytes of the whole stream, where known; only for `head`. */
  readonly sizeBytes: number | null;
  /** Digest of all bytes to compute after the verdict; only for `file`. */
  readonly hash: (typeof inspectorHashes)[number] | null;
}

const NONE = '-';

/** As words of a command line. */
export function toWords(given: InspectorArguments): string[] {
  return [
    given.input,
    given.declared,
    String(given.mostVirtualBytes),
    String(given.sizeBytes ?? NONE),
    given.hash ?? NONE,
  ];
}

/** Back from words; undefined when they are no such thing. No zod here: the program would take twice as long to start. */
export function fromWords([input, declared, most, size, hash]: readonly string[]):
  | InspectorArguments
  | undefined {
  const format = diskFormats.find((each) => each === declared);
  const algorithm = inspectorHashes.find((each) => each === hash) ?? null;
  const mostVirtualBytes = Number(most);
  const sizeBytes = size === NONE ? null : Number(size);
  if (input !== 'file' && input !== 'head') return undefined;
  if (format === undefined || (algorithm === null && hash !== NONE)) return undefined;
  if (!Number.isSafeInteger(mostVirtualBytes) || (sizeBytes !== null && !Number.isSafeInteger(sizeBytes)))
    return undefined;
  return { input, declared: format, mostVirtualBytes, sizeBytes, hash: algorithm };
}
