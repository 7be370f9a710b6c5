import type { ImageChecksum } from '../../model.ts';

/** Digests that an upload computes on its way, one of which every source is expected to answer with. */
export const uploadHashes = ['md5', 'sha256', 'sha512'] as const;

/** Descriptors of the transfer program beside stdin. */
export const transferFds = { reports: 3, data: 4 } as const;

/** What every exchange with a server obeys. */
export interface HttpRules {
  /** PEM certificates that are trusted instead of the system's; null: the system's. */
  readonly ca: string | null;
  /** Hosts (with port where it is not the scheme's own) that a redirect may lead to. */
  readonly allowedHosts: readonly string[];
  readonly maxRedirects: number;
  /** Milliseconds without a byte after which the other side counts as gone. */
  readonly silenceMs: number;
  /** Attempts without any progress before giving up. */
  readonly tries: number;
}

/** What the transfer program is asked to do: one JSON line on its stdin, which stays open as long as its parent lives. */
export interface TransferRequest {
  readonly direction: 'download' | 'upload';
  /** http(s). */
  readonly url: string;
  /** Sent to the first host only. May hold a token. */
  readonly headers: Readonly<Record<string, string>>;
  readonly rules: HttpRules;
  /** Bytes that must come, or that will be sent; null when nobody knows. */
  readonly sizeBytes: number | null;
  /** More bytes than this are refused. */
  readonly mostBytes: number;
  /** What the bytes that come must have; null when nobody knows. */
  readonly checksum: ImageChecksum | null;
  /** Who to become before anything is sent; null: stay. */
  readonly become: { readonly uid: number; readonly gid: number } | null;
}
