import type { Identity } from '@scoria/data-mover';

/** Disk formats that can be read and written (contract.md §6; targets.md §4). Never guessed from content alone. */
export const diskFormats = ['raw', 'qcow2', 'vmdk', 'vdi', 'vhd', 'vhdx', 'luks', 'iso'] as const;
/** One of {@link diskFormats}. */
export type DiskFormat = (typeof diskFormats)[number];

/** Digest of an image's bytes as they are stored, lower-case hexadecimal. */
export interface ImageChecksum {
  readonly algorithm: 'md5' | 'sha1' | 'sha256' | 'sha512';
  readonly hex: string;
}

/** An image as its source describes it. */
export interface ImageDescription {
  readonly id: string;
  readonly name: string | null;
  /** `active`: it can be read. `queued`, `saving`: not yet. Anything else: it cannot. */
  readonly status: 'queued' | 'saving' | 'active' | 'unusable';
  /** As declared; null while it is not. A format that is not supported is refused with FORMAT_NOT_SUPPORTED. */
  readonly diskFormat: string | null;
  readonly containerFormat: string | null;
  /** Bytes as stored; null when the source does not say. */
  readonly sizeBytes: number | null;
  /** Bytes of the disk inside; null when the source does not say. */
  readonly virtualSizeBytes: number | null;
  readonly checksum: ImageChecksum | null;
  /** Least size of a volume made of it, GiB. */
  readonly minDiskGib: number;
  /** MiB. */
  readonly minRamMib: number;
  readonly properties: Readonly<Record<string, string>>;
  /** Where the store keeps it, for drivers that can clone it; null when the source does not say. */
  readonly location: string | null;
  readonly updatedAt: string | null;
}

/** On whose behalf a source is asked. */
export interface ImageCaller {
  readonly projectId: string;
  readonly userId: string;
  readonly requestId: string;
  /** The caller's own token, for sources that ask for one; kept out of logs. */
  readonly token: {
    /** The plain text; for the request that carries it, and nowhere else. */
    readonly reveal: () => string;
  } | null;
}

/** What a new image shall be. */
export interface ImageDraft {
  readonly name: string;
  readonly diskFormat: DiskFormat;
  readonly containerFormat: 'bare';
  readonly visibility: 'private' | 'shared' | 'community' | 'public';
  readonly protected: boolean;
  readonly minDiskGib: number;
  readonly minRamMib: number;
  readonly properties: Readonly<Record<string, string>>;
}

/** A volume's bytes on this host, from byte 0. */
export interface VolumeEndpoint {
  /** Absolute path of a file or block device. */
  readonly path: string;
  /** What it must show before it is touched. */
  readonly identity: Identity;
  readonly sizeBytes: number;
  /** Whether all of it is proven to read as zero. */
  readonly isZero: boolean;
}

/** How far a transfer is, in bytes of the volume. */
export interface TransferProgress {
  readonly doneBytes: number;
  /** Null when it is not known before. */
  readonly totalBytes: number | null;
}

/** Waiting and watching. */
export interface TransferOptions {
  readonly signal?: AbortSignal;
  /** Called from time to time, and once more at the end. */
  readonly onProgress?: (progress: TransferProgress) => void;
}
