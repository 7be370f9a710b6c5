import { z } from 'zod';
import type { ApiClient } from '../../api/client.ts';
import { poolSchema, serviceSchema } from '../../api/models.ts';
import { read } from '../../api/read.ts';

/** A backend as the service sees it. */
export interface BackendView {
  readonly name: string;
  readonly host: string;
  readonly state: string;
  readonly status: string;
  readonly reason: string | null;
  readonly pools: readonly z.output<typeof poolSchema>[];
}

/** All backends, those that are down too, with the reason. */
export async function listBackends(client: ApiClient): Promise<BackendView[]> {
  const services = read(await client.get('/os-services'), 'services', z.array(serviceSchema));
  const pools = read(
    await client.get('/scheduler-stats/get_pools', { detail: 'true' }),
    'pools',
    z.array(poolSchema),
  );
  return services
    .filter((service) => service.host.includes('@'))
    .map((service) => ({
      name: service.host.slice(service.host.indexOf('@') + 1),
      host: service.host,
      state: service.state,
      status: service.status,
      reason: service.disabled_reason ?? null,
      pools: pools.filter((pool) => pool.name.startsWith(`${service.host}#`)),
    }));
}

/** Capacity of one kind over all pools: a sum, or the word that one of them gives. */
export function capacityOf(backend: BackendView, kind: 'total' | 'free' | 'allocated'): string | null {
  const figures = backend.pools.map((pool) => pool.capabilities[`${kind}_capacity_gb`]);
  const word = figures.find((figure) => typeof figure === 'string');
  if (typeof word === 'string') return word;
  const numbers = figures.filter((figure) => typeof figure === 'number');
  return numbers.length === 0 ? null : `${numbers.reduce((sum, each) => sum + each, 0)} GiB`;
}
