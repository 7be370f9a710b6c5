import { bytesToGibCeil } from '@scoria/core/contract';
import type { AttachmentRecord, ProgressService, VolumeRecord } from '../../model/index.ts';
import type { Links } from '../http/links.ts';
import type { VolumeDetail } from '../schemas/volumes.ts';
import { progressFields } from './progress.ts';
import { cinderTime } from './time.ts';

/** What a volume's view depends on besides the volume. */
export interface VolumeViewing {
  readonly minor: number;
  readonly isAdmin: boolean;
  readonly links: Links;
  readonly typeNames: ReadonlyMap<string, string>;
  readonly attachments: ReadonlyMap<string, readonly AttachmentRecord[]>;
  readonly progress: ProgressService;
}

/** A volume in a summary list. */
export function volumeSummary(volume: VolumeRecord, links: Links) {
  return { id: volume.id, name: volume.displayName, links: links.of('volumes', volume.id) };
}

/** A volume as create and update answer it. */
export function volumeDetail(volume: VolumeRecord, viewing: VolumeViewing): VolumeDetail {
  const { minor, isAdmin } = viewing;
  const view: VolumeDetail = {
    id: volume.id,
    status: volume.status,
    size: bytesToGibCeil(volume.size),
    availability_zone: volume.availabilityZone,
    created_at: cinderTime(volume.createdAt),
    updated_at: cinderTime(volume.updatedAt),
    name: volume.displayName,
    description: volume.displayDescription,
    volume_type:
      volume.volumeTypeId === null
        ? null
        : (viewing.typeNames.get(volume.volumeTypeId) ?? volume.volumeTypeId),
    snapshot_id: volume.snapshotId,
    source_volid: volume.sourceVolumeId,
    metadata: visibleMetadata(volume),
    links: viewing.links.of('volumes', volume.id),
    user_id: volume.userId,
    bootable: volume.bootable ? 'true' : 'false',
    encrypted: volume.encrypted,
    replication_status: null,
    consistencygroup_id: null,
    multiattach: volume.multiattach,
    attachments: attachedOnly(volume, viewing),
  };
  if (isAdmin) view.migration_status = volume.migrationStatus;
  if (minor >= 13) view.group_id = null;
  if (isAdmin && minor >= 21) view.provider_id = volume.providerId;
  if (minor >= 48) {
    // Each volume has a target of its own: initiators need no lock around scans.
    view.shared_targets = false;
    view.service_uuid = null;
  }
  if (isAdmin && minor >= 61) view.cluster_name = null;
  if (minor >= 63) view.volume_type_id = volume.volumeTypeId;
  if (minor >= 65) view.consumes_quota = volume.adminMetadata['temporary'] === undefined;
  return view;
}

/** A volume as show and the detailed list answer it: with the attributes that extensions add. */
export function extendedVolumeDetail(volume: VolumeRecord, viewing: VolumeViewing): VolumeDetail {
  const view = volumeDetail(volume, viewing);
  view['os-vol-tenant-attr:tenant_id'] = volume.projectId;
  if (Object.keys(volume.imageMetadata).length > 0) view.volume_image_metadata = { ...volume.imageMetadata };
  if (viewing.isAdmin) {
    view['os-vol-host-attr:host'] = volume.host;
    view['os-vol-mig-status-attr:migstat'] = volume.migrationStatus;
    view['os-vol-mig-status-attr:name_id'] = null;
  }
  return Object.assign(view, progressFields(viewing.progress.of(volume.id)));
}

/**
 * Metadata as users see it: the administrators' `readonly` and, while it is attached, `attached_mode` win over keys of the
 * same name.
 */
export function visibleMetadata(volume: VolumeRecord): Record<string, string> {
  const { readonly, attached_mode: attachedMode } = volume.adminMetadata;
  return {
    ...volume.metadata,
    ...(readonly !== undefined && { readonly }),
    ...(attachedMode !== undefined && volume.attachStatus !== 'detached' && { attached_mode: attachedMode }),
  };
}

const none: VolumeDetail['attachments'] = [];

function attachedOnly(volume: VolumeRecord, viewing: VolumeViewing): VolumeDetail['attachments'] {
  const attachments = viewing.attachments.get(volume.id);
  if (attachments === undefined) return none;
  return attachments
    .filter(({ status }) => status === 'attached')
    .map((attachment) => ({
      id: attachment.volumeId,
      attachment_id: attachment.id,
      volume_id: attachment.volumeId,
      server_id: attachment.instanceId,
      host_name: viewing.isAdmin ? attachment.attachedHost : null,
      device: attachment.mountpoint,
      attached_at: cinderTime(attachment.attachTime),
    }));
}
