import type { Call } from '../http/call.ts';
import { attachmentFields } from '../http/listFields.ts';
import { listReply } from '../http/listReply.ts';
import { action, actionRoute, type Route, route, routeWithBody } from '../http/route.ts';
import {
  attachmentDetailListSchema,
  attachmentListSchema,
  attachmentResponseSchema,
  createAttachmentSchema,
  createAttachmentSchema354,
  updateAttachmentSchema,
} from '../schemas/attachments.ts';
import { ignoredSchema } from '../schemas/scalars.ts';
import { attachmentDetail, attachmentSummary } from '../views/attachment.ts';
import type { Secrets } from '../views/connectionInfo.ts';
import { listParameters } from './listParameters.ts';

const tag = 'attachments';

/** One who may not change anything cannot attach either and has no use for the secret. */
function secretsFor(call: Call): Secrets {
  return call.role === 'reader' ? 'omit' : 'reveal';
}

function list(call: Call, detail: boolean) {
  return listReply(
    call,
    attachmentFields,
    { key: 'attachments', collection: detail ? 'attachments/detail' : 'attachments' },
    {
      list: (query) => call.services.attachments.list(call.context, query),
      views: (attachments) =>
        detail
          ? attachments.map((each) => attachmentDetail(each, 'omit'))
          : attachments.map(attachmentSummary),
    },
  );
}

/** Attachments (3.27): create, list, show, update, complete, delete. */
export const attachmentRoutes: readonly Route[] = [
  routeWithBody({
    method: 'POST',
    path: '/attachments',
    operationId: 'createAttachment',
    summary: 'Reserve a volume for a server; with a connector also export it. `mode` since 3.54',
    tag,
    since: 27,
    status: 200,
    body: [
      { since: 0, schema: createAttachmentSchema },
      { since: 54, schema: createAttachmentSchema354 },
    ],
    response: attachmentResponseSchema,
    handle: async (call) => {
      const { volume_uuid: volumeId, instance_uuid: instanceId, connector, mode } = call.body.attachment;
      const attachment = await call.services.attachments.create(call.context, {
        volumeId,
        instanceId: instanceId ?? null,
        // An empty connector is how clients say that they do not know it yet.
        connector: connector && Object.keys(connector).length > 0 ? connector : null,
        mode: mode ?? connector?.mode ?? 'rw',
      });
      return { attachment: attachmentDetail(attachment, 'reveal') };
    },
  }),
  route({
    method: 'GET',
    path: '/attachments',
    operationId: 'listAttachments',
    summary: 'List attachments',
    tag,
    since: 27,
    status: 200,
    query: listParameters(attachmentFields),
    response: attachmentListSchema,
    handle: (call) => list(call, false),
  }),
  route({
    method: 'GET',
    path: '/attachments/detail',
    operationId: 'listAttachmentsDetail',
    summary: 'List attachments in detail, without CHAP secrets',
    tag,
    since: 27,
    status: 200,
    query: listParameters(attachmentFields),
    response: attachmentDetailListSchema,
    handle: (call) => list(call, true),
  }),
  route({
    method: 'GET',
    path: '/attachments/:id',
    operationId: 'showAttachment',
    summary: 'Show an attachment; the CHAP secret only to those who may attach',
    tag,
    since: 27,
    status: 200,
    response: attachmentResponseSchema,
    handle: async (call) => {
      const attachment = await call.services.attachments.get(call.context, call.param('id'));
      return { attachment: attachmentDetail(attachment, secretsFor(call)) };
    },
  }),
  routeWithBody({
    method: 'PUT',
    path: '/attachments/:id',
    operationId: 'updateAttachment',
    summary: 'Export the volume to the host of the connector',
    tag,
    since: 27,
    status: 200,
    body: updateAttachmentSchema,
    response: attachmentResponseSchema,
    handle: async (call) => {
      const { connector } = call.body.attachment;
      const attachment = await call.services.attachments.update(call.context, call.param('id'), connector);
      return { attachment: attachmentDetail(attachment, 'reveal') };
    },
  }),
  route({
    method: 'DELETE',
    path: '/attachments/:id',
    operationId: 'deleteAttachment',
    summary: 'Take an attachment back; answers the other attachments of the volume',
    tag,
    since: 27,
    status: 200,
    response: attachmentListSchema,
    handle: async (call) => {
      const left = await call.services.attachments.delete(call.context, call.param('id'));
      return { attachments: left.map(attachmentSummary) };
    },
  }),
  actionRoute({
    path: '/attachments/:id/action',
    operationId: 'attachmentAction',
    summary: 'Act on an attachment; the only key of the body names the action',
    tag,
    since: 27,
    actions: [
      action({
        name: 'os-complete',
        summary: 'The server has the device: the volume becomes in-use',
        since: 44,
        status: 204,
        argument: ignoredSchema,
        handle: ({ services, context, param }) => services.attachments.complete(context, param('id')),
      }),
    ],
  }),
];
