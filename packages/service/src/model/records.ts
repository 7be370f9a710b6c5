import type { Bytes, ConnectionInfo, Connector, PoolStats, Secret } from '@scoria/core/contract';
import type { AttachmentStatus, BackupStatus, SnapshotStatus, VolumeStatus } from './status.ts';

/** A volume as the service records it. Times are ISO 8601 UTC. */
export interface VolumeRecord {
  readonly id: string;
  readonly projectId: string;
  readonly userId: string;
  readonly displayName: string | null;
  readonly displayDescription: string | null;
  /** Name on the backend. */
  readonly backendName: string;
  readonly size: Bytes;
  readonly status: VolumeStatus;
  /** Status to return to when the operation under way ends or is rolled back; null when none is. */
  readonly previousStatus: VolumeStatus | null;
  readonly attachStatus: 'attached' | 'detached' | 'attaching' | 'detaching' | 'reserved';
  readonly migrationStatus: string | null;
  readonly availabilityZone: string;
  /** `host@backend#pool`; null until scheduled. */
  readonly host: string | null;
  readonly volumeTypeId: string | null;
  readonly snapshotId: string | null;
  readonly sourceVolumeId: string | null;
  readonly bootable: boolean;
  readonly multiattach: boolean;
  readonly readOnly: boolean;
  readonly encrypted: boolean;
  readonly providerLocation: string | null;
  readonly providerAuth: Secret | null;
  readonly providerGeometry: string | null;
  readonly providerId: string | null;
  readonly metadata: Readonly<Record<string, string>>;
  /** What is known of the image that it was made of (`image_id`, `disk_format`, …); empty when there is none. */
  readonly imageMetadata: Readonly<Record<string, string>>;
  /** Seen by administrators only: `readonly`, `attached_mode`. */
  readonly adminMetadata: Readonly<Record<string, string>>;
  readonly createdAt: string;
  readonly updatedAt: string | null;
  readonly launchedAt: string | null;
  /** Why the last operation failed; null when it did not. Shown as a message of the volume. */
  readonly failure: string | null;
}

/** A snapshot as the service records it. */
export interface SnapshotRecord {
  readonly id: string;
  readonly projectId: string;
  readonly userId: string;
  readonly volumeId: string;
  readonly displayName: string | null;
  readonly displayDescription: string | null;
  readonly backendName: string;
  readonly volumeSize: Bytes;
  readonly status: SnapshotStatus;
  /** 0 to 100. */
  readonly progress: number;
  readonly metadata: Readonly<Record<string, string>>;
  readonly providerLocation: string | null;
  readonly providerId: string | null;
  readonly createdAt: string;
  readonly updatedAt: string | null;
  readonly failure: string | null;
}

/** What a backup knows of the volume that it was made of, for whoever restores it elsewhere. */
export interface VolumeFacts {
  readonly name: string | null;
  readonly description: string | null;
  readonly bootable: boolean;
  readonly metadata: Readonly<Record<string, string>>;
  readonly imageMetadata: Readonly<Record<string, string>>;
}

/** A backup as the service records it. It outlives its volume, its snapshot and its parent. */
export interface BackupRecord {
  readonly id: string;
  readonly projectId: string;
  readonly userId: string;
  readonly volumeId: string;
  /** The snapshot that it was asked to be made of. */
  readonly snapshotId: string | null;
  /** The backup that this one adds to; null: a full one. */
  readonly parentId: string | null;
  readonly displayName: string | null;
  readonly displayDescription: string | null;
  /** Size of the volume. */
  readonly size: Bytes;
  readonly status: BackupStatus;
  readonly availabilityZone: string | null;
  /** `host` of the service that made it. */
  readonly host: string;
  /** A label that the client gave; the repository has a layout of its own. */
  readonly container: string | null;
  /** `host@backend` whose driver holds it itself; null: it is in the repository. */
  readonly heldBy: string | null;
  /** Bytes that it added to the repository; null while that is not known. */
  readonly storedBytes: number | null;
  readonly objectCount: number;
  readonly volumeFacts: VolumeFacts;
  /** When the data was as the backup has it. */
  readonly dataTimestamp: string;
  /** Whether other backups could not be restored without this one. Never so in the repository. */
  readonly hasDependents: boolean;
  readonly metadata: Readonly<Record<string, string>>;
  readonly createdAt: string;
  readonly updatedAt: string | null;
  readonly failure: string | null;
}

/** An attachment as the service records it. */
export interface AttachmentRecord {
  readonly id: string;
  readonly projectId: string;
  readonly volumeId: string;
  /** Instance (server) UUID; null when a host attaches for itself. */
  readonly instanceId: string | null;
  readonly attachedHost: string | null;
  readonly mountpoint: string | null;
  readonly mode: 'rw' | 'ro' | null;
  readonly status: AttachmentStatus;
  readonly connector: Connector | null;
  readonly connectionInfo: ConnectionInfo | null;
  readonly attachTime: string | null;
  readonly detachTime: string | null;
}

/** A volume type. */
export interface VolumeTypeRecord {
  readonly id: string;
  readonly name: string;
  readonly description: string | null;
  readonly isPublic: boolean;
  readonly extraSpecs: Readonly<Record<string, string>>;
}

/** One pool as the scheduler sees it. Sizes in bytes. */
export interface PoolRecord {
  /** `host@backend#pool`. */
  readonly name: string;
  readonly backend: string;
  readonly stats: PoolStats;
  readonly storageProtocol: string;
  readonly vendorName: string;
  readonly driverVersion: string;
  readonly volumeBackendName: string;
  readonly updatedAt: string;
  /** What the service itself has promised to volumes on it. */
  readonly allocated: Bytes;
}

/** One line of `os-services`. */
export interface ServiceRecord {
  readonly binary: 'scoria-volume' | 'scoria-scheduler';
  readonly host: string;
  readonly zone: string;
  readonly status: 'enabled' | 'disabled';
  readonly state: 'up' | 'down';
  readonly updatedAt: string;
  readonly disabledReason: string | null;
  /** State of the driver's supervisor, and why. */
  readonly backendState: string;
  readonly backendReason: string;
}
