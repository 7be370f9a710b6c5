/** How a filter's value is read before it goes to the service. */
export type FilterKind =
  | 'text'
  | 'boolean'
  /** GiB in the query, bytes for the service. */
  | 'size'
  /** A dictionary of text, in JSON or as Python writes one. */
  | 'metadata'
  /** The same, of what is known of images. */
  | 'imageMetadata'
  /** `operator:time,…` */
  | 'time'
  /** Of a feature that no object here has: any value matches nothing. */
  | 'nothing'
  /** True for every object here. */
  | 'everything';

/** One filter of a list. */
export interface FilterField {
  readonly kind: FilterKind;
  /** Name that the service knows it by. */
  readonly as?: string;
  /** Minor number of the microversion that brought it. */
  readonly since?: number;
  /** Ignored, or refused since 3.31, when others use it. */
  readonly admin?: boolean;
  /** `key~`, a match of a part, since 3.34. */
  readonly like?: boolean;
}

/** What lists of one kind of object can be filtered and sorted by. */
export interface ListFields {
  readonly resource: string;
  readonly filters: Readonly<Record<string, FilterField>>;
  /** REST name of a sort key to the service's. */
  readonly sort: Readonly<Record<string, string>>;
}

const text: FilterField = { kind: 'text' };
const like: FilterField = { kind: 'text', like: true };
const adminText: FilterField = { kind: 'text', admin: true };
const nothing: FilterField = { kind: 'nothing' };

/** Filters and sort keys of volumes. */
export const volumeFields: ListFields = {
  resource: 'volume',
  filters: {
    name: like,
    display_name: { ...like, as: 'name' },
    description: like,
    display_description: { ...like, as: 'description' },
    status: like,
    metadata: { kind: 'metadata' },
    bootable: { kind: 'boolean' },
    migration_status: text,
    availability_zone: like,
    size: { kind: 'size' },
    volume_type_id: text,
    snapshot_id: text,
    source_volid: text,
    multiattach: { kind: 'boolean' },
    encrypted: { kind: 'boolean' },
    attach_status: text,
    id: text,
    created_at: { kind: 'time', since: 60 },
    updated_at: { kind: 'time', since: 60 },
    consumes_quota: { kind: 'everything', since: 65 },
    group_id: { ...nothing, since: 10 },
    consistencygroup_id: nothing,
    glance_metadata: { kind: 'imageMetadata', since: 4 },
    host: { ...adminText, like: true },
    user_id: adminText,
    project_id: adminText,
    tenant_id: { ...adminText, as: 'project_id' },
  },
  sort: {
    id: 'id',
    name: 'name',
    display_name: 'name',
    status: 'status',
    size: 'size',
    availability_zone: 'availability_zone',
    bootable: 'bootable',
    host: 'host',
    volume_type_id: 'volume_type_id',
    created_at: 'created_at',
    updated_at: 'updated_at',
  },
};

/** Filters and sort keys of snapshots. */
export const snapshotFields: ListFields = {
  resource: 'snapshot',
  filters: {
    name: like,
    display_name: { ...like, as: 'name' },
    description: like,
    status: like,
    volume_id: like,
    metadata: { kind: 'metadata', since: 22 },
    id: text,
    consumes_quota: { kind: 'everything', since: 65 },
    // Snapshots have the zone of their volume and no column of their own.
    availability_zone: nothing,
    user_id: adminText,
    project_id: adminText,
    tenant_id: { ...adminText, as: 'project_id' },
  },
  sort: {
    id: 'id',
    name: 'name',
    display_name: 'name',
    status: 'status',
    volume_id: 'volume_id',
    volume_size: 'size',
    size: 'size',
    created_at: 'created_at',
    updated_at: 'updated_at',
  },
};

/** Filters and sort keys of backups. */
export const backupFields: ListFields = {
  resource: 'backup',
  filters: {
    name: like,
    display_name: { ...like, as: 'name' },
    description: like,
    status: like,
    volume_id: like,
    snapshot_id: like,
    container: text,
    availability_zone: text,
    size: { kind: 'size' },
    metadata: { kind: 'metadata', since: 43 },
    id: text,
    parent_id: text,
    user_id: adminText,
    project_id: adminText,
    tenant_id: { ...adminText, as: 'project_id' },
  },
  sort: {
    id: 'id',
    name: 'name',
    display_name: 'name',
    status: 'status',
    volume_id: 'volume_id',
    size: 'size',
    container: 'container',
    data_timestamp: 'data_timestamp',
    created_at: 'created_at',
    updated_at: 'updated_at',
  },
};

/** Filters and sort keys of attachments. */
export const attachmentFields: ListFields = {
  resource: 'attachment',
  filters: {
    volume_id: like,
    status: { ...like, as: 'status' },
    attach_status: { ...like, as: 'status' },
    instance_id: like,
    instance_uuid: { ...like, as: 'instance_id' },
    id: text,
    project_id: adminText,
  },
  sort: {
    id: 'id',
    volume_id: 'volume_id',
    attach_status: 'status',
    status: 'status',
    instance_uuid: 'instance_id',
    created_at: 'created_at',
    updated_at: 'updated_at',
    attach_time: 'attached_at',
    attached_at: 'attached_at',
  },
};
