import type { BackupRecord, ListQuery, Page, SnapshotRecord, VolumeRecord } from '../../model/index.ts';
import type { Call } from '../http/call.ts';
import { Fault } from '../http/fault.ts';
import { maxLimit, parsePage } from '../http/listQuery.ts';
import { booleanParam, shorten } from '../http/query.ts';
import { type Route, route } from '../http/route.ts';
import { cinderTime } from '../views/time.ts';

type Failing = VolumeRecord | SnapshotRecord | BackupRecord;

/** A message is the recorded failure of one object and has that object's id; it ends with the object or its next success. */
function messageView(call: Call, type: 'VOLUME' | 'VOLUME_SNAPSHOT' | 'VOLUME_BACKUP', object: Failing) {
  return {
    id: object.id,
    event_id: `${type}_${object.status.toUpperCase().replaceAll('-', '_')}`,
    user_message: object.failure,
    message_level: 'ERROR',
    created_at: cinderTime(object.updatedAt ?? object.createdAt),
    guaranteed_until: null,
    request_id: null,
    resource_type: type,
    resource_uuid: object.id,
    links: call.links.of('messages', object.id),
  };
}

type Message = ReturnType<typeof messageView>;

async function collect<Item extends Failing>(
  call: Call,
  list: (query: ListQuery) => Promise<Page<Item>>,
): Promise<Item[]> {
  const failed: Item[] = [];
  for (let offset = 0; ; ) {
    const page = await list({
      allProjects: call.context.isAdmin && booleanParam(call.query, 'all_tenants'),
      limit: maxLimit,
      offset,
      marker: null,
      sort: [{ key: 'updated_at', direction: 'desc' }],
      filters: {},
      likeFilters: {},
      metadata: {},
      timeFilters: [],
    });
    failed.push(...page.items.filter(({ failure }) => failure !== null));
    offset += page.items.length;
    if (!page.hasMore || page.items.length === 0) return failed;
  }
}

async function allMessages(call: Call): Promise<Message[]> {
  const { volumes, snapshots, backups } = call.services;
  const [ofVolumes, ofSnapshots, ofBackups] = await Promise.all([
    collect(call, (query) => volumes.list(call.context, query)),
    collect(call, (query) => snapshots.list(call.context, query)),
    collect(call, (query) => backups.list(call.context, query)),
  ]);
  const messages = [
    ...ofVolumes.map((volume) => messageView(call, 'VOLUME', volume)),
    ...ofSnapshots.map((snapshot) => messageView(call, 'VOLUME_SNAPSHOT', snapshot)),
    ...ofBackups.map((backup) => messageView(call, 'VOLUME_BACKUP', backup)),
  ];
  return messages.sort((one, other) => other.created_at.localeCompare(one.created_at));
}

const filterKeys = ['resource_uuid', 'resource_type', 'event_id', 'request_id', 'message_level'] as const;

/** Messages (3.3): why operations on volumes, snapshots and backups failed. */
export const messageRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/messages',
    operationId: 'listMessages',
    summary: 'List why operations failed; paging and filters since 3.5',
    tag: 'messages',
    since: 3,
    status: 200,
    query: ['limit', 'offset', 'marker', 'all_tenants', ...filterKeys],
    handle: async (call) => {
      const all = await allMessages(call);
      if (call.minor < 5) return { messages: all };
      const matching = all.filter((message) =>
        filterKeys.every((key) => !call.query[key] || call.query[key] === message[key]),
      );
      const { limit, offset, marker } = parsePage(call.query);
      const start = (marker === null ? 0 : matching.findIndex(({ id }) => id === marker) + 1) + offset;
      const messages = matching.slice(start, start + limit);
      const last = messages.at(-1);
      const more = start + limit < matching.length && last !== undefined;
      return { messages, ...(more && { messages_links: call.links.next('messages', call.query, last.id) }) };
    },
  }),
  route({
    method: 'GET',
    path: '/messages/:id',
    operationId: 'showMessage',
    summary: 'Show why an operation failed',
    tag: 'messages',
    since: 3,
    status: 200,
    handle: async (call) => {
      const message = (await allMessages(call)).find(({ id }) => id === call.param('id'));
      if (message === undefined)
        throw new Fault(404, `Message ${shorten(call.param('id'))} could not be found.`);
      return { message };
    },
  }),
];
