import type { BackupStore } from '@scoria/backup';
import type { DataMover } from '@scoria/data-mover';
import type { Logger } from 'pino';
import type { BackendRegistry } from './backends/index.ts';
import type { VolumeAccess } from './dataPath/volumeAccess.ts';
import type { ImageWork } from './images/imageWork.ts';
import type { Journal } from './journal/index.ts';
import type { ProgressBoard } from './progress/index.ts';
import type { Scheduler } from './scheduler/index.ts';
import type { State } from './state/index.ts';

/** Limits and waits of the lifecycle. Times in milliseconds; -1 is no limit. */
export interface LifecycleSettings {
  readonly availabilityZone: string;
  /** Name of the type of volumes that name none. */
  readonly defaultVolumeType: string;
  /** How long background work waits for a driver that does not serve. */
  readonly patienceMs: number;
  /** The same for requests whose client waits for the answer. */
  readonly requestPatienceMs: number;
  /** How long a request waits for another operation on the same volume. */
  readonly lockTimeoutMs: number;
  readonly maxVolumes: number;
  readonly maxSnapshots: number;
  readonly maxGigabytes: number;
  readonly maxBackups: number;
  readonly maxBackupGigabytes: number;
}

/** What the lifecycle does unless told otherwise. */
export const defaultLifecycleSettings: LifecycleSettings = {
  availabilityZone: 'nova',
  defaultVolumeType: '__DEFAULT__',
  patienceMs: 60_000,
  requestPatienceMs: 15_000,
  lockTimeoutMs: 30_000,
  maxVolumes: -1,
  maxSnapshots: -1,
  maxGigabytes: -1,
  maxBackups: -1,
  maxBackupGigabytes: -1,
};

/** What the flows of volumes, snapshots and attachments work with. */
export interface LifecycleDependencies {
  readonly state: State;
  readonly journal: Journal;
  readonly backends: BackendRegistry;
  readonly scheduler: Scheduler;
  readonly mover: Pick<DataMover, 'copy' | 'wipe'>;
  /** Volumes as paths of this host. */
  readonly access: VolumeAccess;
  /** Where backups are; null: none is configured. */
  readonly backups: BackupStore | null;
  /** Null: no image source is configured. */
  readonly images: ImageWork | null;
  /** How far long work is, for whoever asks. */
  readonly progress: ProgressBoard;
  readonly log: Logger;
  readonly settings: LifecycleSettings;
}
