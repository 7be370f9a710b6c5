import { ServiceError } from '../../model/index.ts';
import type { Call } from '../http/call.ts';
import { Fault } from '../http/fault.ts';
import { shorten } from '../http/query.ts';
import { type Route, route, routeWithBody } from '../http/route.ts';
import { extraSpecBodySchema, extraSpecsBodySchema } from '../schemas/types.ts';
import { visibleExtraSpecs } from '../views/type.ts';

const tag = 'types';
const path = '/types/:id/extra_specs';

async function read(call: Call): Promise<Record<string, string>> {
  const type = await call.services.types.get(call.context, call.param('id'));
  return visibleExtraSpecs(type, call.context.isAdmin);
}

async function existing(call: Call): Promise<string> {
  const specs = await read(call);
  const key = call.param('key');
  const value = Object.hasOwn(specs, key) ? specs[key] : undefined;
  if (value === undefined)
    throw new ServiceError(
      'MetadataNotFound',
      `Volume type ${call.param('id')} has no extra spec with key ${shorten(key)}.`,
    );
  return value;
}

/** Extra specs of volume types. */
export const extraSpecRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path,
    operationId: 'listExtraSpecs',
    summary: 'List the extra specs of a type; users see those that concern them',
    tag,
    status: 200,
    response: extraSpecsBodySchema,
    handle: async (call) => ({ extra_specs: await read(call) }),
  }),
  routeWithBody({
    method: 'POST',
    path,
    operationId: 'addExtraSpecs',
    summary: 'Add or change extra specs',
    tag,
    admin: true,
    status: 200,
    body: extraSpecsBodySchema,
    response: extraSpecsBodySchema,
    handle: async (call) => {
      await call.services.types.setExtraSpecs(call.context, call.param('id'), call.body.extra_specs);
      return call.body;
    },
  }),
  route({
    method: 'GET',
    path: `${path}/:key`,
    operationId: 'showExtraSpec',
    summary: 'Show one extra spec',
    tag,
    status: 200,
    response: extraSpecBodySchema,
    handle: async (call) => ({ [call.param('key')]: await existing(call) }),
  }),
  routeWithBody({
    method: 'PUT',
    path: `${path}/:key`,
    operationId: 'setExtraSpec',
    summary: 'Set one extra spec',
    tag,
    admin: true,
    status: 200,
    body: extraSpecBodySchema,
    response: extraSpecBodySchema,
    handle: async (call) => {
      if (!Object.hasOwn(call.body, call.param('key')))
        throw new Fault(
          400,
          `Request body and URI mismatch: the body must set '${shorten(call.param('key'))}'.`,
        );
      await call.services.types.setExtraSpecs(call.context, call.param('id'), call.body);
      return call.body;
    },
  }),
  route({
    method: 'DELETE',
    path: `${path}/:key`,
    operationId: 'deleteExtraSpec',
    summary: 'Delete one extra spec',
    tag,
    admin: true,
    status: 202,
    handle: async (call) => {
      await existing(call);
      await call.services.types.deleteExtraSpec(call.context, call.param('id'), call.param('key'));
    },
  }),
];
