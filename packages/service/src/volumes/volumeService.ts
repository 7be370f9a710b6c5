import type { AttachmentOperations } from '../attachments/attachmentOperations.ts';
import type { LifecycleDependencies } from '../dependencies.ts';
import { setImageMetadata, unsetImageMetadata } from '../images/changeImageMetadata.ts';
import { reimageVolume, reimageVolumeOperation } from '../images/reimageVolume.ts';
import { uploadVolume } from '../images/uploadVolume.ts';
import { uploadVolumeOperation } from '../images/uploadVolumeOperation.ts';
import type { VolumeService } from '../model/index.ts';
import { listScope, requireVolume } from './access.ts';
import { attachVolume, detachVolume } from './attachVolume.ts';
import { cancelVolumeWork } from './cancelVolumeWork.ts';
import {
  deleteMetadataKey,
  resetStatus,
  setBootable,
  setMetadata,
  setReadOnly,
  updateVolume,
} from './changeVolume.ts';
import { initializeConnection, terminateConnection } from './connectVolume.ts';
import { createVolume } from './createVolume.ts';
import { createVolumeOperation, type PromisedCapacity } from './createVolumeOperation.ts';
import { deleteVolume } from './deleteVolume.ts';
import { deleteVolumeOperation } from './deleteVolumeOperation.ts';
import { extendVolume } from './extendVolume.ts';
import { extendVolumeOperation } from './extendVolumeOperation.ts';
import { beginDetaching, reserveVolume, rollDetaching, unreserveVolume } from './reserveVolume.ts';

/** Volumes: every method is a flow of its own file; this only names them. Registers their operations with the journal. */
export function createVolumeService(
  deps: LifecycleDependencies,
  attachments: AttachmentOperations,
): VolumeService {
  const { state, journal } = deps;
  const promised: PromisedCapacity = new Map();
  const creating = journal.register(createVolumeOperation(deps, promised));
  const deleting = journal.register(deleteVolumeOperation(deps));
  const extending = journal.register(extendVolumeOperation(deps));
  const uploading = journal.register(uploadVolumeOperation(deps));
  const reimaging = journal.register(reimageVolumeOperation(deps));
  return {
    create: (context, request) => createVolume(deps, creating, promised, context, request),
    get: (context, id) => requireVolume(state, context, id),
    list: (context, query) => state.volumes.list(query, listScope(context, query.allProjects)),
    update: (context, id, change) => updateVolume(deps, context, id, change),
    delete: (context, id, options) => deleteVolume(deps, deleting, context, id, options),
    extend: (context, id, newSize, options) => extendVolume(deps, extending, context, id, newSize, options),
    resetStatus: (context, id, change) => resetStatus(deps, context, id, change),
    setBootable: (context, id, bootable) => setBootable(deps, context, id, bootable),
    setReadOnly: (context, id, readOnly) => setReadOnly(deps, context, id, readOnly),
    reserve: (context, id) => reserveVolume(deps, context, id),
    unreserve: (context, id) => unreserveVolume(deps, context, id),
    beginDetaching: (context, id) => beginDetaching(deps, context, id),
    rollDetaching: (context, id) => rollDetaching(deps, context, id),
    attach: (context, id, request) => attachVolume(deps, attachments, context, id, request),
    detach: (context, id, attachmentId) => detachVolume(deps, attachments, context, id, attachmentId),
    initializeConnection: (context, id, connector) =>
      initializeConnection(deps, attachments, context, id, connector),
    terminateConnection: (context, id, connector, options) =>
      terminateConnection(deps, attachments, context, id, connector, options),
    setMetadata: (context, id, metadata, options) => setMetadata(deps, context, id, metadata, options),
    deleteMetadataKey: (context, id, key) => deleteMetadataKey(deps, context, id, key),
    upload: (context, id, request) => uploadVolume(deps, uploading, context, id, request),
    reimage: (context, id, request) => reimageVolume(deps, reimaging, context, id, request),
    setImageMetadata: (context, id, metadata) => setImageMetadata(deps, context, id, metadata),
    unsetImageMetadata: (context, id, key) => unsetImageMetadata(deps, context, id, key),
    cancel: (context, id) => cancelVolumeWork(deps, context, id),
    attachmentsOf: (volumeIds) => state.attachments.ofVolumes(volumeIds),
  };
}
