import type { VolumeTypeRecord } from '../../model/index.ts';
import type { Call } from '../http/call.ts';
import { Fault } from '../http/fault.ts';
import { parsePage } from '../http/listQuery.ts';
import { readBoolean, shorten } from '../http/query.ts';
import { type Route, route, routeWithBody } from '../http/route.ts';
import { createTypeSchema, typeListSchema, typeResponseSchema, updateTypeSchema } from '../schemas/types.ts';
import { typeView } from '../views/type.ts';

const tag = 'types';

/** `is_public=None` (any letter case) means both; only administrators see private types. */
function publicFilter(call: Call): boolean | null {
  const text = call.query['is_public'];
  if (!call.context.isAdmin || text === undefined) return true;
  if (text.toLowerCase() === 'none') return null;
  const value = readBoolean(text);
  if (value === null)
    throw new Fault(400, `Invalid is_public filter [${shorten(text)}]: send true, false or none.`);
  return value;
}

function pageOf(call: Call, types: readonly VolumeTypeRecord[]) {
  const { limit, offset, marker } = parsePage(call.query);
  const after = marker === null ? 0 : types.findIndex(({ id }) => id === marker) + 1;
  if (marker !== null && after === 0)
    throw new Fault(404, `Volume type ${shorten(marker)} could not be found: it is the marker of the list.`);
  const items = types.slice(after + offset, after + offset + limit);
  return { items, hasMore: after + offset + limit < types.length };
}

/** Volume types: list, show, default, create, update, delete. */
export const typeRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/types',
    operationId: 'listTypes',
    summary: 'List volume types',
    tag,
    status: 200,
    query: ['is_public', 'limit', 'offset', 'marker', 'sort', 'sort_key', 'sort_dir'],
    response: typeListSchema,
    handle: async (call) => {
      const wanted = publicFilter(call);
      const all = await call.services.types.list(call.context);
      const { items, hasMore } = pageOf(
        call,
        all.filter(({ isPublic }) => wanted === null || isPublic === wanted),
      );
      const last = items.at(-1);
      return {
        volume_types: items.map((type) => typeView(type, call.context.isAdmin)),
        ...(hasMore && last && { volume_type_links: call.links.next('types', call.query, last.id) }),
      };
    },
  }),
  route({
    method: 'GET',
    path: '/types/default',
    operationId: 'showDefaultType',
    summary: 'Show the type of volumes that name none',
    tag,
    status: 200,
    response: typeResponseSchema,
    handle: async (call) => ({
      volume_type: typeView(await call.services.types.default(call.context), call.context.isAdmin),
    }),
  }),
  route({
    method: 'GET',
    path: '/types/:id',
    operationId: 'showType',
    summary: 'Show a volume type',
    tag,
    status: 200,
    response: typeResponseSchema,
    handle: async (call) => ({
      volume_type: typeView(
        await call.services.types.get(call.context, call.param('id')),
        call.context.isAdmin,
      ),
    }),
  }),
  routeWithBody({
    method: 'POST',
    path: '/types',
    operationId: 'createType',
    summary: 'Create a volume type',
    tag,
    admin: true,
    status: 200,
    body: createTypeSchema,
    response: typeResponseSchema,
    handle: async (call) => {
      const { volume_type: wanted } = call.body;
      const type = await call.services.types.create(call.context, {
        name: wanted.name,
        description: wanted.description ?? null,
        isPublic: wanted['os-volume-type-access:is_public'],
        extraSpecs: wanted.extra_specs ?? {},
      });
      return { volume_type: typeView(type, true) };
    },
  }),
  routeWithBody({
    method: 'PUT',
    path: '/types/:id',
    operationId: 'updateType',
    summary: 'Change name, description or visibility of a volume type',
    tag,
    admin: true,
    status: 200,
    body: updateTypeSchema,
    response: typeResponseSchema,
    handle: async (call) => {
      const { name, description, is_public: isPublic } = call.body.volume_type;
      const type = await call.services.types.update(call.context, call.param('id'), {
        ...(name && { name }),
        ...(description !== undefined && description !== null && { description }),
        ...(isPublic !== undefined && isPublic !== null && { isPublic }),
      });
      return { volume_type: typeView(type, true) };
    },
  }),
  route({
    method: 'DELETE',
    path: '/types/:id',
    operationId: 'deleteType',
    summary: 'Delete a volume type that no volume has',
    tag,
    admin: true,
    status: 202,
    handle: (call) => call.services.types.delete(call.context, call.param('id')),
  }),
  route({
    method: 'GET',
    path: '/types/:id/encryption',
    operationId: 'showTypeEncryption',
    summary: 'Show the encryption of a type: none',
    tag,
    admin: true,
    status: 200,
    handle: async (call) => {
      await call.services.types.get(call.context, call.param('id'));
      return {};
    },
  }),
  route({
    method: 'GET',
    path: '/types/:id/os-volume-type-access',
    operationId: 'listTypeAccess',
    summary: 'List projects that may use a private type: none',
    tag,
    admin: true,
    status: 200,
    handle: async (call) => {
      await call.services.types.get(call.context, call.param('id'));
      return { volume_type_access: [] };
    },
  }),
];
