import { visibleMetadata } from '../views/volume.ts';
import { metadataRoutes } from './metadataRoutes.ts';

/** Metadata of volumes. */
export const volumeMetadataRoutes = metadataRoutes({
  collection: 'volumes',
  noun: 'Volume',
  etags: true,
  read: async (call, id) => visibleMetadata(await call.services.volumes.get(call.context, id)),
  write: (call, id, metadata, replace) =>
    call.services.volumes.setMetadata(call.context, id, metadata, { replace }),
  remove: (call, id, key) => call.services.volumes.deleteMetadataKey(call.context, id, key),
});
