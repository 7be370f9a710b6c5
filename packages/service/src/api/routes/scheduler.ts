import type { PoolRecord, ServiceRecord } from '../../model/index.ts';
import type { Call } from '../http/call.ts';
import { Fault } from '../http/fault.ts';
import { booleanParam, shorten } from '../http/query.ts';
import { type Route, route } from '../http/route.ts';
import { poolDetail } from '../views/pool.ts';
import { serviceView } from '../views/service.ts';

/** Filters since 3.28 (`name`, and any capability by its value), `volume_type` since 3.35. */
async function wantedPools(call: Call): Promise<readonly PoolRecord[]> {
  const { detail: _detail, volume_type: type, ...filters } = call.query;
  const pools = await call.services.info.pools();
  if (call.minor < 28) return pools;
  const backend = call.minor >= 35 && type ? await backendOfType(call, type) : undefined;
  return pools.filter(
    (pool) =>
      (backend === undefined || pool.volumeBackendName === backend) &&
      Object.entries(filters).every(([key, value]) => value === '' || matches(pool, key, value)),
  );
}

async function backendOfType(call: Call, idOrName: string): Promise<string | undefined> {
  const { extraSpecs } = await call.services.types.get(call.context, idOrName);
  return extraSpecs['volume_backend_name'] ?? extraSpecs['capabilities:volume_backend_name'];
}

function matches(pool: PoolRecord, key: string, value: string): boolean {
  if (key === 'name') return pool.name === value;
  const capabilities: Readonly<Record<string, unknown>> = poolDetail(pool).capabilities;
  return Object.hasOwn(capabilities, key) && String(capabilities[key]).toLowerCase() === value.toLowerCase();
}

function matchesService(call: Call, service: ServiceRecord): boolean {
  const { host, binary } = call.query;
  // Clients ask by Cinder's names of the processes.
  const ours = binary?.replace(/^cinder-/, 'scoria-');
  return (
    (!ours || ours === service.binary) &&
    (!host || host === service.host || service.host.startsWith(`${host}@`))
  );
}

/** What administrators see of the backends: pools, services, capabilities. */
export const schedulerRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/scheduler-stats/get_pools',
    operationId: 'listPools',
    summary: 'List storage pools; with `detail` their capabilities, capacities in GiB',
    tag: 'backends',
    admin: true,
    status: 200,
    query: ['detail', 'name', 'volume_type'],
    handle: async (call) => {
      const pools = await wantedPools(call);
      const detail = booleanParam(call.query, 'detail');
      return { pools: pools.map((pool) => (detail ? poolDetail(pool) : { name: pool.name })) };
    },
  }),
  route({
    method: 'GET',
    path: '/os-services',
    operationId: 'listServices',
    summary: 'List the services: the scheduler, and one per backend',
    tag: 'backends',
    admin: true,
    status: 200,
    query: ['host', 'binary'],
    handle: async (call) => {
      const services = await call.services.info.services();
      const wanted = services.filter((service) => matchesService(call, service));
      return { services: wanted.map((service) => serviceView(service, call.minor)) };
    },
  }),
  route({
    method: 'GET',
    path: '/capabilities/:host',
    operationId: 'showCapabilities',
    summary: 'Show what a backend can do; the host is `host@backend`',
    tag: 'backends',
    admin: true,
    status: 200,
    handle: async (call) => {
      const host = call.param('host');
      const pools = await call.services.info.pools();
      const pool = pools.find(({ name }) => name === host || name.startsWith(`${host}#`));
      if (pool === undefined)
        throw new Fault(
          404,
          `Can't find service: ${shorten(host)}. Ask os-services for the hosts there are.`,
        );
      return {
        namespace: `OS::Storage::Capabilities::${host}`,
        vendor_name: pool.vendorName,
        volume_backend_name: pool.volumeBackendName,
        pool_name: pool.stats.name,
        driver_version: pool.driverVersion,
        storage_protocol: pool.storageProtocol,
        display_name: pool.volumeBackendName,
        description: null,
        visibility: 'public',
        replication_targets: [],
        properties: {
          thin_provisioning: property('Thin Provisioning', 'Sets thin provisioning.'),
          qos: property('QoS', 'Enables QoS.'),
        },
      };
    },
  }),
];

function property(title: string, description: string) {
  return { title, description, type: 'boolean' };
}
