import type { Bytes, ConnectionInfo, Connector } from '@scoria/core/contract';
import type { BackupService } from './backups.ts';
import type { RequestContext } from './context.ts';
import type { ListQuery, Page } from './list.ts';
import type { ProgressService } from './progress.ts';
import type {
  AttachmentRecord,
  PoolRecord,
  ServiceRecord,
  SnapshotRecord,
  VolumeRecord,
  VolumeTypeRecord,
} from './records.ts';
import type { SnapshotStatus, VolumeStatus } from './status.ts';

/** What a new volume is to be. */
export interface CreateVolumeRequest {
  /** Null: the size of the source. */
  readonly size: Bytes | null;
  readonly displayName: string | null;
  readonly displayDescription: string | null;
  /** Id or name; null: the default type. */
  readonly volumeType: string | null;
  readonly availabilityZone: string | null;
  readonly metadata: Readonly<Record<string, string>>;
  readonly snapshotId: string | null;
  readonly sourceVolumeId: string | null;
  /** Null: not from an image. */
  readonly imageId: string | null;
  readonly multiattach: boolean;
  /** Administrators may pin `host@backend#pool`. */
  readonly schedulerHints: Readonly<Record<string, unknown>>;
}

/** What the image of a volume is to be. */
export interface UploadVolumeRequest {
  readonly name: string;
  readonly diskFormat: 'raw' | 'qcow2';
  readonly visibility: 'private' | 'shared' | 'community' | 'public';
  readonly protected: boolean;
  /** Also while it is attached: the image is then as after a power cut. */
  readonly force: boolean;
}

/** A volume whose upload has begun, and the image that it goes to. */
export interface UploadedVolume {
  readonly volume: VolumeRecord;
  readonly imageId: string;
  readonly imageName: string | null;
}

/**
 * Volumes. A method that starts work returns once the intent is durable and the record shows the status in progress; the
 * work goes on in the background and ends in a status of contract.md §12.3. All throw ServiceError.
 */
export interface VolumeService {
  /** Schedules and creates. @throws BadRequest, InvalidInput, OverLimit, VolumeNotFound (source), SnapshotNotFound, VolumeTypeNotFound; NoValidBackend says of each backend why not. */
  create(context: RequestContext, request: CreateVolumeRequest): Promise<VolumeRecord>;
  /** @throws VolumeNotFound, also for a volume of another project. */
  get(context: RequestContext, id: string): Promise<VolumeRecord>;
  /** One page, newest first unless sorted otherwise. */
  list(context: RequestContext, query: ListQuery): Promise<Page<VolumeRecord>>;
  /** Changes what is given; metadata is replaced as a whole. */
  update(
    context: RequestContext,
    id: string,
    change: {
      readonly displayName?: string | null;
      readonly displayDescription?: string | null;
      readonly metadata?: Readonly<Record<string, string>>;
    },
  ): Promise<VolumeRecord>;
  /** Deletes; `cascade` also deletes its snapshots; `force` skips the status check (administrators). */
  delete(
    context: RequestContext,
    id: string,
    options: { readonly cascade: boolean; readonly force: boolean },
  ): Promise<void>;
  /** Grows to `newSize` bytes. @throws InvalidInput (not larger), InvalidVolume (wrong status, or in use and not allowed), OverLimit. */
  extend(
    context: RequestContext,
    id: string,
    newSize: Bytes,
    options: { readonly allowInUse: boolean },
  ): Promise<void>;
  /** Writes a status without any effect on the backend (administrators): for records that have lost touch. */
  resetStatus(
    context: RequestContext,
    id: string,
    change: {
      readonly status?: VolumeStatus;
      readonly attachStatus?: VolumeRecord['attachStatus'];
      readonly migrationStatus?: string | null;
    },
  ): Promise<void>;
  /** Marks the volume as one to boot from. */
  setBootable(context: RequestContext, id: string, bootable: boolean): Promise<void>;
  /** From the next attach on, initiators may only read. */
  setReadOnly(context: RequestContext, id: string, readOnly: boolean): Promise<void>;
  /** available → attaching (legacy flow). @throws InvalidVolume. */
  reserve(context: RequestContext, id: string): Promise<void>;
  /** Gives a reservation back. Idempotent. */
  unreserve(context: RequestContext, id: string): Promise<void>;
  /** in-use → detaching (legacy flow). @throws InvalidVolume. */
  beginDetaching(context: RequestContext, id: string): Promise<void>;
  /** detaching → in-use: the detach was given up. Idempotent. */
  rollDetaching(context: RequestContext, id: string): Promise<void>;
  /** Records that an instance or host has attached the volume (legacy flow). */
  attach(
    context: RequestContext,
    id: string,
    request: {
      readonly instanceId: string | null;
      readonly hostName: string | null;
      readonly mountpoint: string;
      readonly mode: 'rw' | 'ro';
    },
  ): Promise<void>;
  /** Records the end of an attachment (legacy flow); null when there is only one. @throws InvalidVolume. */
  detach(context: RequestContext, id: string, attachmentId: string | null): Promise<void>;
  /** Exports and authorises (legacy flow). Synchronous: returns when the initiator may log in. */
  initializeConnection(context: RequestContext, id: string, connector: Connector): Promise<ConnectionInfo>;
  /** Revokes one initiator, or with null every one, and removes the export after the last (legacy flow). Idempotent. */
  terminateConnection(
    context: RequestContext,
    id: string,
    connector: Connector | null,
    options: { readonly force: boolean },
  ): Promise<void>;
  /** Adds pairs, or replaces all. Returns all pairs. */
  setMetadata(
    context: RequestContext,
    id: string,
    metadata: Readonly<Record<string, string>>,
    options: { readonly replace: boolean },
  ): Promise<Readonly<Record<string, string>>>;
  /** @throws MetadataNotFound. */
  deleteMetadataKey(context: RequestContext, id: string, key: string): Promise<void>;
  /**
   * Uploads the volume as an image. Returns once the image is on record at its source; the work goes on in the background.
   *
   * @throws InvalidVolume (wrong status, or in use without `force`), InvalidImage, ImagesNotConfigured, Forbidden
   */
  upload(context: RequestContext, id: string, request: UploadVolumeRequest): Promise<UploadedVolume>;
  /** Writes an image over the volume. @throws InvalidVolume, InvalidImage, ImageNotFound, ImagesNotConfigured */
  reimage(
    context: RequestContext,
    id: string,
    request: { readonly imageId: string; readonly reserved: boolean },
  ): Promise<void>;
  /** Adds or changes what is recorded of the volume's image. Returns all pairs. */
  setImageMetadata(
    context: RequestContext,
    id: string,
    metadata: Readonly<Record<string, string>>,
  ): Promise<Readonly<Record<string, string>>>;
  /** @throws MetadataNotFound. */
  unsetImageMetadata(context: RequestContext, id: string, key: string): Promise<void>;
  /** Takes back a download, an upload or another copy that is under way. @throws InvalidVolume when none is. */
  cancel(context: RequestContext, id: string): Promise<void>;
  /** Attachments of many volumes at once, for detail lists. */
  attachmentsOf(volumeIds: readonly string[]): Promise<ReadonlyMap<string, readonly AttachmentRecord[]>>;
}

/** Snapshots. As {@link VolumeService}. */
export interface SnapshotService {
  /** Takes a snapshot. @throws VolumeNotFound, InvalidVolume (in use without `force`, or in a passing status), OverLimit. */
  create(
    context: RequestContext,
    request: {
      readonly volumeId: string;
      readonly displayName: string | null;
      readonly displayDescription: string | null;
      readonly metadata: Readonly<Record<string, string>>;
      readonly force: boolean;
    },
  ): Promise<SnapshotRecord>;
  /** @throws SnapshotNotFound, also for a snapshot of another project. */
  get(context: RequestContext, id: string): Promise<SnapshotRecord>;
  /** One page, newest first unless sorted otherwise. */
  list(context: RequestContext, query: ListQuery): Promise<Page<SnapshotRecord>>;
  /** Changes what is given. */
  update(
    context: RequestContext,
    id: string,
    change: { readonly displayName?: string | null; readonly displayDescription?: string | null },
  ): Promise<SnapshotRecord>;
  /** Deletes; `force` skips the status check (administrators). @throws InvalidSnapshot. */
  delete(context: RequestContext, id: string, options: { readonly force: boolean }): Promise<void>;
  /** Writes a status without any effect on the backend (administrators). @throws InvalidSnapshot for `available` of what a wipe has left unfinished. */
  resetStatus(context: RequestContext, id: string, status: SnapshotStatus): Promise<void>;
  /** Adds pairs, or replaces all. Returns all pairs. */
  setMetadata(
    context: RequestContext,
    id: string,
    metadata: Readonly<Record<string, string>>,
    options: { readonly replace: boolean },
  ): Promise<Readonly<Record<string, string>>>;
  /** @throws MetadataNotFound. */
  deleteMetadataKey(context: RequestContext, id: string, key: string): Promise<void>;
}

/** Attachments (v3.27). */
export interface AttachmentService {
  /** Reserves the volume; with a connector also exports and authorises, as {@link AttachmentService.update}. */
  create(
    context: RequestContext,
    request: {
      readonly volumeId: string;
      readonly instanceId: string | null;
      readonly connector: Connector | null;
      readonly mode: 'rw' | 'ro';
    },
  ): Promise<AttachmentRecord>;
  /** @throws AttachmentNotFound. */
  get(context: RequestContext, id: string): Promise<AttachmentRecord>;
  /** One page. */
  list(context: RequestContext, query: ListQuery): Promise<Page<AttachmentRecord>>;
  /** Exports and authorises the connector. Synchronous. */
  update(context: RequestContext, id: string, connector: Connector): Promise<AttachmentRecord>;
  /** The initiator has the device: the volume becomes in-use. */
  complete(context: RequestContext, id: string): Promise<void>;
  /** Revokes access, removes the export when nobody else uses it, and the record. Returns what is left of the volume. */
  delete(context: RequestContext, id: string): Promise<readonly AttachmentRecord[]>;
}

/** Volume types. */
export interface VolumeTypeService {
  /** All types that the project may use. */
  list(context: RequestContext): Promise<readonly VolumeTypeRecord[]>;
  /** By id or name. */
  get(context: RequestContext, idOrName: string): Promise<VolumeTypeRecord>;
  /** The type of volumes that name none. */
  default(context: RequestContext): Promise<VolumeTypeRecord>;
  /** @throws Conflict when the name is taken. */
  create(
    context: RequestContext,
    request: {
      readonly name: string;
      readonly description: string | null;
      readonly isPublic: boolean;
      readonly extraSpecs: Readonly<Record<string, string>>;
    },
  ): Promise<VolumeTypeRecord>;
  /** Changes what is given. @throws VolumeTypeNotFound, Conflict. */
  update(
    context: RequestContext,
    id: string,
    change: { readonly name?: string; readonly description?: string | null; readonly isPublic?: boolean },
  ): Promise<VolumeTypeRecord>;
  /** @throws VolumeTypeNotFound; InvalidVolumeType while volumes have it. */
  delete(context: RequestContext, id: string): Promise<void>;
  /** Adds or changes pairs. Returns all. */
  setExtraSpecs(
    context: RequestContext,
    id: string,
    specs: Readonly<Record<string, string>>,
  ): Promise<Readonly<Record<string, string>>>;
  /** @throws MetadataNotFound. */
  deleteExtraSpec(context: RequestContext, id: string, key: string): Promise<void>;
}

/** What the service says about itself. */
export interface InfoService {
  /** The pools of all backends that have reported. */
  pools(): Promise<readonly PoolRecord[]>;
  /** The scheduler, and one line per backend with the state of its driver. */
  services(): Promise<readonly ServiceRecord[]>;
  /** The project's quotas and use; -1 is no limit. */
  limits(context: RequestContext): Promise<{
    readonly maxVolumes: number;
    readonly maxSnapshots: number;
    readonly maxGigabytes: number;
    readonly maxBackups: number;
    readonly maxBackupGigabytes: number;
    readonly usedVolumes: number;
    readonly usedSnapshots: number;
    readonly usedGigabytes: number;
    readonly usedBackups: number;
    readonly usedBackupGigabytes: number;
  }>;
}

/** All the API talks to. */
export interface Services {
  readonly volumes: VolumeService;
  readonly snapshots: SnapshotService;
  readonly backups: BackupService;
  readonly attachments: AttachmentService;
  readonly types: VolumeTypeService;
  readonly info: InfoService;
  readonly progress: ProgressService;
}
