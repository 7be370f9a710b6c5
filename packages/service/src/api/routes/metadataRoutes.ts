import { createHash } from 'node:crypto';
import { ServiceError } from '../../model/index.ts';
import type { Call } from '../http/call.ts';
import { Fault } from '../http/fault.ts';
import { shorten } from '../http/query.ts';
import { type Route, route, routeWithBody } from '../http/route.ts';
import { metaBodySchema, metadataBodySchema } from '../schemas/metadata.ts';

type Metadata = Readonly<Record<string, string>>;

/** The metadata of one kind of object. */
interface MetadataOwner {
  /** `volumes` or `snapshots`. */
  readonly collection: string;
  /** `Volume` or `Snapshot`, for operation ids. */
  readonly noun: string;
  /** Whether `If-Match` is honoured, since 3.15. */
  readonly etags: boolean;
  read(call: Call, id: string): Promise<Metadata>;
  write(call: Call, id: string, metadata: Metadata, replace: boolean): Promise<Metadata>;
  remove(call: Call, id: string, key: string): Promise<void>;
}

/** Routes of the metadata below an object: list, add, replace, and one key. */
export function metadataRoutes(owner: MetadataOwner): readonly Route[] {
  const path = `/${owner.collection}/:id/metadata`;
  const tag = owner.collection;
  const etags = owner.etags;
  return [
    route({
      method: 'GET',
      path,
      operationId: `list${owner.noun}Metadata`,
      summary: 'List metadata',
      tag,
      status: 200,
      response: metadataBodySchema,
      handle: async (call) => {
        const metadata = await owner.read(call, call.param('id'));
        if (etags && call.minor >= 15) call.setHeader('Etag', etagOf(metadata));
        return { metadata };
      },
    }),
    routeWithBody({
      method: 'POST',
      path,
      operationId: `add${owner.noun}Metadata`,
      summary: 'Add or change metadata',
      tag,
      status: 200,
      body: metadataBodySchema,
      response: metadataBodySchema,
      handle: async (call) => ({
        metadata: await owner.write(call, call.param('id'), call.body.metadata, false),
      }),
    }),
    routeWithBody({
      method: 'PUT',
      path,
      operationId: `replace${owner.noun}Metadata`,
      summary: 'Replace all metadata; `If-Match` since 3.15 (volumes)',
      tag,
      status: 200,
      body: metadataBodySchema,
      response: metadataBodySchema,
      handle: async (call) => {
        if (etags) await checkEtag(call, owner);
        return { metadata: await owner.write(call, call.param('id'), call.body.metadata, true) };
      },
    }),
    route({
      method: 'GET',
      path: `${path}/:key`,
      operationId: `show${owner.noun}MetadataKey`,
      summary: 'Show one key of the metadata',
      tag,
      status: 200,
      response: metaBodySchema,
      handle: async (call) => {
        const key = call.param('key');
        const metadata = await owner.read(call, call.param('id'));
        const value = Object.hasOwn(metadata, key) ? metadata[key] : undefined;
        if (value === undefined) throw missing(owner, call);
        return { meta: { [key]: value } };
      },
    }),
    routeWithBody({
      method: 'PUT',
      path: `${path}/:key`,
      operationId: `set${owner.noun}MetadataKey`,
      summary: 'Set one key of the metadata; `If-Match` since 3.15 (volumes)',
      tag,
      status: 200,
      body: metaBodySchema,
      response: metaBodySchema,
      handle: async (call) => {
        if (etags) await checkEtag(call, owner);
        const { meta } = call.body;
        if (!Object.hasOwn(meta, call.param('key')))
          throw new Fault(
            400,
            `Request body and URI mismatch: the body must set '${shorten(call.param('key'))}'.`,
          );
        await owner.write(call, call.param('id'), meta, false);
        return { meta };
      },
    }),
    route({
      method: 'DELETE',
      path: `${path}/:key`,
      operationId: `delete${owner.noun}MetadataKey`,
      summary: 'Delete one key of the metadata',
      tag,
      status: 200,
      handle: async (call) => {
        const metadata = await owner.read(call, call.param('id'));
        if (!Object.hasOwn(metadata, call.param('key'))) throw missing(owner, call);
        await owner.remove(call, call.param('id'), call.param('key'));
      },
    }),
  ];
}

function missing(owner: MetadataOwner, call: Call): ServiceError {
  return new ServiceError(
    'MetadataNotFound',
    `${owner.noun} ${call.param('id')} has no metadata with key ${shorten(call.param('key'))}.`,
  );
}

/** An entity tag: it identifies a version and protects nothing. */
function etagOf(metadata: Metadata): string {
  return createHash('sha256').update(JSON.stringify({ metadata })).digest('hex').slice(0, 32);
}

async function checkEtag(call: Call, owner: MetadataOwner): Promise<void> {
  const wanted = call.header('if-match');
  if (call.minor < 15 || wanted === undefined || wanted === '*') return;
  const tags = wanted.split(',').map((tag) => tag.trim().replace(/^W\//, '').replaceAll('"', ''));
  if (!tags.includes(etagOf(await owner.read(call, call.param('id')))))
    throw new Fault(
      412,
      `The metadata of ${call.param('id')} changed since it was read: read it again, then repeat with the new Etag.`,
    );
}
