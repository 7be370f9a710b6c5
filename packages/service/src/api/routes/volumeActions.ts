import type { Connector } from '@scoria/core/contract';
import { type Action, action, actionRoute } from '../http/route.ts';
import { ignoredSchema } from '../schemas/scalars.ts';
import {
  attachSchema,
  detachSchema,
  extendSchema,
  forceDetachSchema,
  initializeConnectionSchema,
  readOnlySchema,
  resetVolumeStatusSchema,
  setBootableSchema,
  terminateConnectionSchema,
} from '../schemas/volumeActions.ts';
import { nestedConnectionInfo } from '../views/connectionInfo.ts';
import { imageActions } from './imageActions.ts';
import { unavailableVolumeActions } from './unavailable.ts';

const actions: readonly Action[] = [
  action({
    name: 'os-extend',
    summary: 'Make a volume larger; in use since 3.42',
    argument: extendSchema,
    handle: ({ services, context, param, body, minor }) =>
      services.volumes.extend(context, param('id'), body.new_size, { allowInUse: minor >= 42 }),
  }),
  action({
    name: 'os-reset_status',
    summary: 'Set the recorded statuses of a volume by hand',
    admin: true,
    argument: resetVolumeStatusSchema,
    handle: ({ services, context, param, body }) => {
      const { status, attach_status: attachStatus, migration_status: migrationStatus } = body;
      return services.volumes.resetStatus(context, param('id'), {
        ...(status && { status }),
        ...(attachStatus && { attachStatus }),
        ...(migrationStatus && { migrationStatus: migrationStatus === 'none' ? null : migrationStatus }),
      });
    },
  }),
  action({
    name: 'os-force_delete',
    summary: 'Delete a volume in any status',
    admin: true,
    argument: ignoredSchema,
    handle: ({ services, context, param }) =>
      services.volumes.delete(context, param('id'), { cascade: false, force: true }),
  }),
  action({
    name: 'os-set_bootable',
    summary: 'Mark a volume as bootable or not',
    status: 200,
    argument: setBootableSchema,
    handle: ({ services, context, param, body }) =>
      services.volumes.setBootable(context, param('id'), body.bootable),
  }),
  action({
    name: 'os-update_readonly_flag',
    summary: 'Make a volume read-only or writable',
    argument: readOnlySchema,
    handle: ({ services, context, param, body }) =>
      services.volumes.setReadOnly(context, param('id'), body.readonly),
  }),
  action({
    name: 'os-reserve',
    summary: 'Reserve a volume before attaching it',
    argument: ignoredSchema,
    handle: ({ services, context, param }) => services.volumes.reserve(context, param('id')),
  }),
  action({
    name: 'os-unreserve',
    summary: 'Give a reserved volume back',
    argument: ignoredSchema,
    handle: ({ services, context, param }) => services.volumes.unreserve(context, param('id')),
  }),
  action({
    name: 'os-begin_detaching',
    summary: 'Announce that a volume is about to be detached',
    argument: ignoredSchema,
    handle: ({ services, context, param }) => services.volumes.beginDetaching(context, param('id')),
  }),
  action({
    name: 'os-roll_detaching',
    summary: 'Take os-begin_detaching back',
    argument: ignoredSchema,
    handle: ({ services, context, param }) => services.volumes.rollDetaching(context, param('id')),
  }),
  action({
    name: 'os-attach',
    summary: 'Record that an instance or a host has attached a volume',
    argument: attachSchema,
    handle: ({ services, context, param, body }) =>
      services.volumes.attach(context, param('id'), {
        instanceId: body.instance_uuid ?? null,
        hostName: body.host_name ?? null,
        mountpoint: body.mountpoint,
        mode: body.mode,
      }),
  }),
  action({
    name: 'os-detach',
    summary: 'Record that a volume is detached',
    argument: detachSchema,
    handle: ({ services, context, param, body }) =>
      services.volumes.detach(context, param('id'), body?.attachment_id ?? null),
  }),
  action({
    name: 'os-force_detach',
    summary: 'End a connection and record the detach, whatever the status',
    admin: true,
    argument: forceDetachSchema,
    handle: async ({ services, context, param, body }) => {
      const connector: Connector | null = body.connector ?? null;
      await services.volumes.terminateConnection(context, param('id'), connector, { force: true });
      await services.volumes.detach(context, param('id'), body.attachment_id ?? null);
    },
  }),
  action({
    name: 'os-initialize_connection',
    summary: 'Export a volume to a host; answers how to connect',
    status: 200,
    argument: initializeConnectionSchema,
    handle: async ({ services, context, param, body }) => {
      const { connector } = body;
      const info = await services.volumes.initializeConnection(context, param('id'), connector);
      return {
        connection_info: {
          ...nestedConnectionInfo(info, 'reveal'),
          enforce_multipath: connector['enforce_multipath'] === true,
        },
      };
    },
  }),
  action({
    name: 'os-terminate_connection',
    summary: 'Take the export to a host back',
    argument: terminateConnectionSchema,
    handle: ({ services, context, param, body }) =>
      services.volumes.terminateConnection(context, param('id'), body.connector, { force: false }),
  }),
  ...imageActions,
  ...unavailableVolumeActions,
];

/** `POST /volumes/{id}/action`. */
export const volumeActionRoute = actionRoute({
  path: '/volumes/:id/action',
  operationId: 'volumeAction',
  summary: 'Act on a volume; the only key of the body names the action',
  tag: 'volumes',
  actions,
});
