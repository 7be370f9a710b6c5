import { metadataRoutes } from './metadataRoutes.ts';

/** Metadata of snapshots. */
export const snapshotMetadataRoutes = metadataRoutes({
  collection: 'snapshots',
  noun: 'Snapshot',
  etags: false,
  read: async (call, id) => (await call.services.snapshots.get(call.context, id)).metadata,
  write: (call, id, metadata, replace) =>
    call.services.snapshots.setMetadata(call.context, id, metadata, { replace }),
  remove: (call, id, key) => call.services.snapshots.deleteMetadataKey(call.context, id, key),
});
