import { Fault } from '../http/fault.ts';
import { shorten } from '../http/query.ts';
import { type Route, route } from '../http/route.ts';
import { unavailable } from './unavailable.ts';

interface AbsentFeature {
  readonly collection: string;
  /** Key of the list in the answer. */
  readonly key: string;
  readonly noun: string;
  readonly since?: number;
  readonly admin?: boolean;
}

/** Features that clients ask about and that have no object here: lists are empty, a create says so. */
const features: readonly AbsentFeature[] = [
  { collection: 'os-volume-transfer', key: 'transfers', noun: 'Transfer' },
  { collection: 'volume-transfers', key: 'transfers', noun: 'Transfer', since: 55 },
  { collection: 'consistencygroups', key: 'consistencygroups', noun: 'ConsistencyGroup' },
  { collection: 'cgsnapshots', key: 'cgsnapshots', noun: 'CgSnapshot' },
  { collection: 'qos-specs', key: 'qos_specs', noun: 'QosSpecs', admin: true },
  { collection: 'group_types', key: 'group_types', noun: 'GroupType', since: 11 },
  { collection: 'groups', key: 'groups', noun: 'Group', since: 13 },
  { collection: 'group_snapshots', key: 'group_snapshots', noun: 'GroupSnapshot', since: 14 },
  { collection: 'clusters', key: 'clusters', noun: 'Cluster', since: 7, admin: true },
];

const tag = 'not available yet';

function routesOf(feature: AbsentFeature): Route[] {
  const { collection, key, noun, since = 0, admin = false } = feature;
  const suffix = operationSuffix(collection);
  const common = { tag, since, admin } as const;
  const empty = () => ({ [key]: [] });
  return [
    route({
      ...common,
      status: 200,
      method: 'GET',
      path: `/${collection}`,
      operationId: `list${suffix}`,
      summary: `${noun}: an empty list`,
      handle: empty,
    }),
    route({
      ...common,
      status: 200,
      method: 'GET',
      path: `/${collection}/detail`,
      operationId: `list${suffix}Detail`,
      summary: `${noun}: an empty list`,
      handle: empty,
    }),
    route({
      ...common,
      status: 404,
      method: 'GET',
      path: `/${collection}/:id`,
      operationId: `show${suffix}`,
      summary: `${noun}: not found`,
      handle: (call) => {
        throw new Fault(404, `${noun} ${shorten(call.param('id'))} could not be found.`);
      },
    }),
    route({
      ...common,
      status: 501,
      method: 'POST',
      path: `/${collection}`,
      operationId: `create${suffix}`,
      summary: `${noun}: not available yet`,
      handle: () => {
        throw unavailable(`Creating a ${noun}`, 'use volumes and snapshots');
      },
    }),
  ];
}

function operationSuffix(collection: string): string {
  return collection
    .split(/[-_]/)
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('');
}

/** Routes of features that have no object here. */
export const absentRoutes: readonly Route[] = features.flatMap(routesOf);
