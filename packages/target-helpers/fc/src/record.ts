import type { FibreChannelAccess } from '@scoria/driver-sdk';

/** Everything that is needed to make an export. */
export interface ExportRecord {
  /** Of the volume. */
  readonly name: string;
  readonly path: string;
  readonly serial: string;
  readonly writeCache: boolean;
  readonly thin: boolean;
  /** The number that it had; null: any. */
  readonly lun: number | null;
  readonly access: readonly FibreChannelAccess[];
}
