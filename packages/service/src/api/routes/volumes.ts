import { requireAdmin } from '../auth/policy.ts';
import type { Call } from '../http/call.ts';
import { volumeFields } from '../http/listFields.ts';
import { listReply } from '../http/listReply.ts';
import { booleanParam } from '../http/query.ts';
import { type Route, route, routeWithBody } from '../http/route.ts';
import {
  createVolumeSchema,
  createVolumeSchema353,
  updateVolumeSchema,
  updateVolumeSchema353,
  volumeDetailListSchema,
  volumeListSchema,
  volumeResponseSchema,
} from '../schemas/volumes.ts';
import { volumeSummary } from '../views/volume.ts';
import { restoreRequestOf } from './createFromBackup.ts';
import { createRequestOf } from './createVolume.ts';
import { listParameters } from './listParameters.ts';
import { displayChange } from './names.ts';
import { summarise } from './volumeSummary.ts';
import { extendedDetails, plainDetail } from './volumeViewing.ts';

const tag = 'volumes';

function list(call: Call, detail: boolean) {
  return listReply(
    call,
    volumeFields,
    { key: 'volumes', collection: detail ? 'volumes/detail' : 'volumes' },
    {
      list: (query) => call.services.volumes.list(call.context, query),
      views: (volumes) =>
        detail ? extendedDetails(call, volumes) : volumes.map((volume) => volumeSummary(volume, call.links)),
    },
  );
}

/** Volumes: create, list, show, update, delete, summary. */
export const volumeRoutes: readonly Route[] = [
  routeWithBody({
    method: 'POST',
    path: '/volumes',
    operationId: 'createVolume',
    summary: 'Create a volume: blank, from a volume, from a snapshot, or from an image',
    tag,
    status: 202,
    body: [
      { since: 0, schema: createVolumeSchema },
      { since: 53, schema: createVolumeSchema353 },
    ],
    response: volumeResponseSchema,
    handle: async (call) => {
      const fromBackup = restoreRequestOf(call);
      const volume =
        fromBackup === null
          ? await call.services.volumes.create(call.context, createRequestOf(call.body))
          : await call.services.backups.restore(call.context, fromBackup.backupId, fromBackup.request);
      return { volume: await plainDetail(call, volume) };
    },
  }),
  route({
    method: 'GET',
    path: '/volumes',
    operationId: 'listVolumes',
    summary: 'List volumes: ids and names',
    tag,
    status: 200,
    query: listParameters(volumeFields),
    response: volumeListSchema,
    handle: (call) => list(call, false),
  }),
  route({
    method: 'GET',
    path: '/volumes/detail',
    operationId: 'listVolumesDetail',
    summary: 'List volumes in detail',
    tag,
    status: 200,
    query: listParameters(volumeFields),
    response: volumeDetailListSchema,
    handle: (call) => list(call, true),
  }),
  route({
    method: 'GET',
    path: '/volumes/summary',
    operationId: 'summariseVolumes',
    summary: 'Count volumes and add up their sizes; with all metadata values since 3.36',
    tag,
    since: 12,
    status: 200,
    query: ['all_tenants'],
    handle: summarise,
  }),
  route({
    method: 'GET',
    path: '/volumes/:id',
    operationId: 'showVolume',
    summary: 'Show a volume',
    tag,
    status: 200,
    response: volumeResponseSchema,
    handle: async (call) => {
      const volume = await call.services.volumes.get(call.context, call.param('id'));
      const [view] = await extendedDetails(call, [volume]);
      return { volume: view };
    },
  }),
  routeWithBody({
    method: 'PUT',
    path: '/volumes/:id',
    operationId: 'updateVolume',
    summary: 'Change name, description or all metadata of a volume',
    tag,
    status: 200,
    body: [
      { since: 0, schema: updateVolumeSchema },
      { since: 53, schema: updateVolumeSchema353 },
    ],
    response: volumeResponseSchema,
    handle: async (call) => {
      const { metadata } = call.body.volume;
      const volume = await call.services.volumes.update(call.context, call.param('id'), {
        ...displayChange(call.body.volume),
        ...(metadata !== undefined && { metadata }),
      });
      return { volume: await plainDetail(call, volume) };
    },
  }),
  route({
    method: 'DELETE',
    path: '/volumes/:id',
    operationId: 'deleteVolume',
    summary:
      'Delete a volume; `cascade` with its snapshots, `force` (since 3.23, administrators) in any status',
    tag,
    status: 202,
    query: ['cascade', 'force'],
    handle: async (call) => {
      const cascade = booleanParam(call.query, 'cascade');
      const force = call.minor >= 23 && booleanParam(call.query, 'force');
      if (force) requireAdmin(call);
      await call.services.volumes.delete(call.context, call.param('id'), { cascade, force });
    },
  }),
  route({
    method: 'GET',
    path: '/volumes/:id/encryption',
    operationId: 'showVolumeEncryption',
    summary: 'Show how a volume is encrypted: it is not',
    tag,
    status: 200,
    handle: async (call) => {
      await call.services.volumes.get(call.context, call.param('id'));
      return { encryption_key_id: null };
    },
  }),
];
