import type { Bytes, ConnectionInfo, Connector } from '@scoria/core/contract';
import type { RequestContext } from './context.ts';
import type {
  AttachmentRecord,
  PoolRecord,
  ServiceRecord,
  SnapshotRecord,
  VolumeRecord,
  VolumeTypeRecord,
} from './records.ts';
import type { SnapshotStatus, VolumeStatus } from './status.ts';

/** How a list is asked for. Filters are exact matches joined by "and"; the metadata filter matches every pair given. */
export interface ListQuery {
  readonly allProjects: boolean;
  readonly limit: number | null;
  readonly offset: number;
  /** Id of the last object of the page before. @throws ServiceError VolumeNotFound etc. when it is unknown. */
  readonly marker: string | null;
  readonly sort: readonly { readonly key: string; readonly direction: 'asc' | 'desc' }[];
  readonly filters: Readonly<Record<string, string>>;
  /** Substring matches (`name~`), since microversion 3.31. */
  readonly likeFilters: Readonly<Record<string, string>>;
  readonly metadata: Readonly<Record<string, string>>;
  /** `created_at` / `updated_at` comparisons, since 3.60. */
  readonly timeFilters: readonly {
    readonly column: 'created_at' | 'updated_at';
    readonly operator: 'gt' | 'gte' | 'eq' | 'neq' | 'lt' | 'lte';
    readonly value: string;
  }[];
}

/** One page of a list; `hasMore` says whether a next page exists. */
export interface Page<Item> {
  readonly items: readonly Item[];
  readonly hasMore: boolean;
  /** Count of all matches, only when asked for (`with_count`). */
  readonly total: () => Promise<number>;
}

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
  readonly multiattach: boolean;
  /** Administrators may pin `host@backend#pool`. */
  readonly schedulerHints: Readonly<Record<string, unknown>>;
}

/**
 * Volumes. A method that starts work returns once the intent is durable and the record shows the status in progress; the
 * work goes on in the background and ends in a status of contract.md §12.3. All throw ServiceError.
 */
export interface VolumeService {
  create(context: RequestContext, request: CreateVolumeRequest): Promise<VolumeRecord>;
  get(context: RequestContext, id: string): Promise<VolumeRecord>;
  list(context: RequestContext, query: ListQuery): Promise<Page<VolumeRecord>>;
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
  extend(
    context: RequestContext,
    id: string,
    newSize: Bytes,
    options: { readonly allowInUse: boolean },
  ): Promise<void>;
  resetStatus(
    context: RequestContext,
    id: string,
    change: {
      readonly status?: VolumeStatus;
      readonly attachStatus?: VolumeRecord['attachStatus'];
      readonly migrationStatus?: string | null;
    },
  ): Promise<void>;
  setBootable(context: RequestContext, id: string, bootable: boolean): Promise<void>;
  setReadOnly(context: RequestContext, id: string, readOnly: boolean): Promise<void>;
  reserve(context: RequestContext, id: string): Promise<void>;
  unreserve(context: RequestContext, id: string): Promise<void>;
  beginDetaching(context: RequestContext, id: string): Promise<void>;
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
  detach(context: RequestContext, id: string, attachmentId: string | null): Promise<void>;
  /** Exports and authorises (legacy flow). Synchronous: returns when the initiator may log in. */
  initializeConnection(context: RequestContext, id: string, connector: Connector): Promise<ConnectionInfo>;
  terminateConnection(
    context: RequestContext,
    id: string,
    connector: Connector | null,
    options: { readonly force: boolean },
  ): Promise<void>;
  setMetadata(
    context: RequestContext,
    id: string,
    metadata: Readonly<Record<string, string>>,
    options: { readonly replace: boolean },
  ): Promise<Readonly<Record<string, string>>>;
  deleteMetadataKey(context: RequestContext, id: string, key: string): Promise<void>;
  /** Attachments of many volumes at once, for detail lists. */
  attachmentsOf(volumeIds: readonly string[]): Promise<ReadonlyMap<string, readonly AttachmentRecord[]>>;
}

/** Snapshots. As {@link VolumeService}. */
export interface SnapshotService {
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
  get(context: RequestContext, id: string): Promise<SnapshotRecord>;
  list(context: RequestContext, query: ListQuery): Promise<Page<SnapshotRecord>>;
  update(
    context: RequestContext,
    id: string,
    change: { readonly displayName?: string | null; readonly displayDescription?: string | null },
  ): Promise<SnapshotRecord>;
  delete(context: RequestContext, id: string, options: { readonly force: boolean }): Promise<void>;
  resetStatus(context: RequestContext, id: string, status: SnapshotStatus): Promise<void>;
  setMetadata(
    context: RequestContext,
    id: string,
    metadata: Readonly<Record<string, string>>,
    options: { readonly replace: boolean },
  ): Promise<Readonly<Record<string, string>>>;
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
  get(context: RequestContext, id: string): Promise<AttachmentRecord>;
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
  list(context: RequestContext): Promise<readonly VolumeTypeRecord[]>;
  /** By id or name. */
  get(context: RequestContext, idOrName: string): Promise<VolumeTypeRecord>;
  default(context: RequestContext): Promise<VolumeTypeRecord>;
  create(
    context: RequestContext,
    request: {
      readonly name: string;
      readonly description: string | null;
      readonly isPublic: boolean;
      readonly extraSpecs: Readonly<Record<string, string>>;
    },
  ): Promise<VolumeTypeRecord>;
  update(
    context: RequestContext,
    id: string,
    change: { readonly name?: string; readonly description?: string | null; readonly isPublic?: boolean },
  ): Promise<VolumeTypeRecord>;
  delete(context: RequestContext, id: string): Promise<void>;
  setExtraSpecs(
    context: RequestContext,
    id: string,
    specs: Readonly<Record<string, string>>,
  ): Promise<Readonly<Record<string, string>>>;
  deleteExtraSpec(context: RequestContext, id: string, key: string): Promise<void>;
}

/** What the service says about itself. */
export interface InfoService {
  pools(): Promise<readonly PoolRecord[]>;
  services(): Promise<readonly ServiceRecord[]>;
  limits(
    context: RequestContext,
  ): Promise<{
    readonly maxVolumes: number;
    readonly maxSnapshots: number;
    readonly maxGigabytes: number;
    readonly usedVolumes: number;
    readonly usedSnapshots: number;
    readonly usedGigabytes: number;
  }>;
}

/** All the API talks to. */
export interface Services {
  readonly volumes: VolumeService;
  readonly snapshots: SnapshotService;
  readonly attachments: AttachmentService;
  readonly types: VolumeTypeService;
  readonly info: InfoService;
}
