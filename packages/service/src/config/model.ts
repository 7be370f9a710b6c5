import type { BackupRepositoryOptions } from '@scoria/backup';
import type { PluginEntry } from '@scoria/core';
import type { DiskFormat, ImageLimits, ImageSourceOptions } from '@scoria/images';
import type { IscsiInitiatorChoice } from '@scoria/initiator';
import type { z } from 'zod';
import type { ConfigProblem } from './problem.ts';
import type { settingsSchema } from './schema.ts';

/** One enabled backend, with its plugins found and its options checked. */
export interface BackendConfig {
  /** Name of its section. */
  readonly name: string;
  readonly driver: PluginEntry;
  /** Null: the driver takes none. */
  readonly helper: PluginEntry | null;
  /** Null: the driver takes none. */
  readonly store: PluginEntry | null;
  /** Options of driver, helper and store as `configure` takes them; secrets are `Secret`s (see {@link revealOptions}). */
  readonly options: Readonly<Record<string, unknown>>;
  /** Names of the secret ones, for redaction. */
  readonly secretNames: readonly string[];
  /** Directory that is this backend's own. */
  readonly stateDirectory: string;
}

/** Where backups are kept, and how they are made. */
export interface BackupConfig {
  /** Its secret is a `Secret`. */
  readonly repository: BackupRepositoryOptions;
  /** Null: backups are not encrypted. */
  readonly keyFile: string | null;
  readonly spoolDirectory: string;
  readonly compressionLevel: number;
  /** In bytes. */
  readonly blockSize: number;
  readonly readBack: boolean;
}

/** Where images come from and go to, and how they are handled. */
export interface ImagesConfig {
  readonly source: ImageSourceOptions;
  readonly conversionDirectory: string;
  /** Null: none. */
  readonly cache: { readonly directory: string; readonly maxBytes: number } | null;
  readonly compressOnUpload: boolean;
  readonly allowedFormats: readonly DiskFormat[];
  readonly limits: Partial<ImageLimits>;
}

/** A configuration that has been checked; every path is absolute. */
export interface ScoriaConfig {
  /** The file it was read from. */
  readonly file: string;
  readonly stateDirectory: string;
  readonly host: string;
  readonly api: {
    /** Null: none. */
    readonly socket: string | null;
    readonly listen: { readonly host: string; readonly port: number } | null;
    readonly tokensFile: string | null;
    readonly projectId: string;
  };
  readonly database: string;
  readonly pluginPaths: readonly string[];
  readonly backends: readonly BackendConfig[];
  readonly defaultVolumeType: string | null;
  readonly volumeTypes: z.output<typeof settingsSchema>['volume_types'];
  readonly availabilityZone: string;
  readonly quotas: z.output<typeof settingsSchema>['quotas'];
  readonly dataPath: {
    readonly prefer: 'local' | 'attach';
    readonly iscsiInitiator: IscsiInitiatorChoice;
  };
  /** Null: there are no backups. */
  readonly backup: BackupConfig | null;
  /** Null: there are no images. */
  readonly images: ImagesConfig | null;
  readonly dataMover: { readonly threads: number | null; readonly checkpointMs: number };
  readonly logLevel: z.output<typeof settingsSchema>['log_level'];
  /** What is doubtful but does not keep it from working. */
  readonly warnings: readonly ConfigProblem[];
}
