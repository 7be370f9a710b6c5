import {
  attachmentFields,
  backupFields,
  type ListFields,
  snapshotFields,
  volumeFields,
} from '../http/listFields.ts';
import { type Route, route } from '../http/route.ts';

const lists: readonly ListFields[] = [volumeFields, snapshotFields, backupFields, attachmentFields];

const resourceFilters = [
  ...lists.map(({ resource, filters }) => ({
    resource,
    filters: Object.entries(filters)
      .filter(([, field]) => field.admin !== true && field.kind !== 'nothing')
      .flatMap(([name, field]) => (field.like === true ? [name, `${name}~`] : [name])),
  })),
  { resource: 'pool', filters: ['name', 'volume_type'] },
  { resource: 'volume_type', filters: ['is_public'] },
];

/** `GET /resource_filters` (3.33). */
export const resourceFilterRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/resource_filters',
    operationId: 'listResourceFilters',
    summary: 'List what lists can be filtered by',
    tag: 'extensions',
    since: 33,
    status: 200,
    query: ['resource'],
    handle: (call) => {
      const { resource } = call.query;
      return { resource_filters: resourceFilters.filter((each) => !resource || each.resource === resource) };
    },
  }),
];
