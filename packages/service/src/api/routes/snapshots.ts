import type { Call } from '../http/call.ts';
import { Fault } from '../http/fault.ts';
import { snapshotFields } from '../http/listFields.ts';
import { listReply } from '../http/listReply.ts';
import { action, actionRoute, type Route, route, routeWithBody } from '../http/route.ts';
import { ignoredSchema } from '../schemas/scalars.ts';
import {
  createSnapshotSchema,
  resetSnapshotStatusSchema,
  snapshotListSchema,
  snapshotResponseSchema,
  updateSnapshotSchema,
} from '../schemas/snapshots.ts';
import { extendedSnapshotDetail, snapshotDetail, snapshotSummary } from '../views/snapshot.ts';
import { listParameters } from './listParameters.ts';
import { displayChange, displayNames } from './names.ts';

const tag = 'snapshots';

function list(call: Call, detail: boolean) {
  return listReply(
    call,
    snapshotFields,
    { key: 'snapshots', collection: detail ? 'snapshots/detail' : 'snapshots' },
    {
      list: (query) => call.services.snapshots.list(call.context, query),
      views: (snapshots) =>
        snapshots.map((each) => (detail ? extendedSnapshotDetail(each, call.minor) : snapshotSummary(each))),
    },
  );
}

/** Since 3.66 volumes in use are snapshotted without `force`; true is tolerated, false makes no sense any more. */
function mayBeInUse(minor: number, force: boolean | null | undefined): boolean {
  if (minor < 66) return force === true;
  if (force === false)
    throw new Fault(
      400,
      "Since microversion 3.66 the 'force' flag is invalid for this request: leave it out. For backward compatibility only true is ignored.",
    );
  return true;
}

/** Snapshots: create, list, show, update, delete, actions. */
export const snapshotRoutes: readonly Route[] = [
  routeWithBody({
    method: 'POST',
    path: '/snapshots',
    operationId: 'createSnapshot',
    summary: 'Create a snapshot of a volume',
    tag,
    status: 202,
    body: createSnapshotSchema,
    response: snapshotResponseSchema,
    handle: async (call) => {
      const { volume_id: volumeId, metadata, force, ...fields } = call.body.snapshot;
      const snapshot = await call.services.snapshots.create(call.context, {
        volumeId,
        ...displayNames(fields),
        metadata: metadata ?? {},
        force: mayBeInUse(call.minor, force),
      });
      return { snapshot: snapshotDetail(snapshot, call.minor) };
    },
  }),
  route({
    method: 'GET',
    path: '/snapshots',
    operationId: 'listSnapshots',
    summary: 'List snapshots',
    tag,
    status: 200,
    query: listParameters(snapshotFields),
    response: snapshotListSchema,
    handle: (call) => list(call, false),
  }),
  route({
    method: 'GET',
    path: '/snapshots/detail',
    operationId: 'listSnapshotsDetail',
    summary: 'List snapshots in detail',
    tag,
    status: 200,
    query: listParameters(snapshotFields),
    response: snapshotListSchema,
    handle: (call) => list(call, true),
  }),
  route({
    method: 'GET',
    path: '/snapshots/:id',
    operationId: 'showSnapshot',
    summary: 'Show a snapshot',
    tag,
    status: 200,
    response: snapshotResponseSchema,
    handle: async (call) => {
      const snapshot = await call.services.snapshots.get(call.context, call.param('id'));
      return { snapshot: extendedSnapshotDetail(snapshot, call.minor) };
    },
  }),
  routeWithBody({
    method: 'PUT',
    path: '/snapshots/:id',
    operationId: 'updateSnapshot',
    summary: 'Change name or description of a snapshot',
    tag,
    status: 200,
    body: updateSnapshotSchema,
    response: snapshotResponseSchema,
    handle: async (call) => {
      const change = displayChange(call.body.snapshot);
      const snapshot = await call.services.snapshots.update(call.context, call.param('id'), change);
      return { snapshot: snapshotDetail(snapshot, call.minor) };
    },
  }),
  route({
    method: 'DELETE',
    path: '/snapshots/:id',
    operationId: 'deleteSnapshot',
    summary: 'Delete a snapshot',
    tag,
    status: 202,
    handle: (call) => call.services.snapshots.delete(call.context, call.param('id'), { force: false }),
  }),
  actionRoute({
    path: '/snapshots/:id/action',
    operationId: 'snapshotAction',
    summary: 'Act on a snapshot; the only key of the body names the action',
    tag,
    actions: [
      action({
        name: 'os-reset_status',
        summary: 'Set the recorded status of a snapshot by hand',
        admin: true,
        argument: resetSnapshotStatusSchema,
        handle: ({ services, context, param, body }) =>
          services.snapshots.resetStatus(context, param('id'), body.status),
      }),
      action({
        name: 'os-force_delete',
        summary: 'Delete a snapshot in any status',
        admin: true,
        argument: ignoredSchema,
        handle: ({ services, context, param }) =>
          services.snapshots.delete(context, param('id'), { force: true }),
      }),
    ],
  }),
];
