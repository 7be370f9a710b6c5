import { type Bytes, ContractError, GIB, type Volume } from '@scoria/driver-sdk';
import type { DataFiles } from './data/dataFiles.ts';
import type { FakeOptions } from './options.ts';
import type { FakeState, FakeVolume } from './state/fakeState.ts';
import type { Ledger } from './state/ledger.ts';
import type { FakeTransport } from './transport/transport.ts';

/** What the operations work on. While one runs it has the backend to itself. */
export interface FakeBackend {
  readonly name: string;
  readonly options: FakeOptions;
  readonly state: FakeState;
  /** What the state takes of each pool; whoever changes the one changes the other. */
  readonly ledger: Ledger;
  /** The bytes of volumes; undefined when there are none, and in a lie. */
  readonly data: DataFiles | undefined;
  readonly transport: FakeTransport;
}

/** @throws ContractError NOT_FOUND */
export function requireVolume({ state }: FakeBackend, name: string): FakeVolume {
  const volume = state.volumes[name];
  if (volume !== undefined) return volume;
  throw new ContractError('NOT_FOUND', `there is no volume ${name}`, { details: { volume: name } });
}

/** The pool that a volume's host names, or the first. @throws ContractError INVALID_ARGUMENT */
export function poolOf({ options }: FakeBackend, { host }: Pick<Volume, 'host'>): string {
  const [, named] = host.split('#');
  const pool = named ?? options.fake_pools[0];
  if (pool !== undefined && options.fake_pools.includes(pool)) return pool;
  throw new ContractError(
    'INVALID_ARGUMENT',
    `there is no pool ${named}; there are ${options.fake_pools.join(', ')}`,
    {
      details: { host },
    },
  );
}

/** @throws ContractError SIZE_UNSUPPORTED, NO_SPACE when `size`, of which `have` is there already, cannot be had */
export function requireSpace(backend: FakeBackend, pool: string, size: Bytes, have: number = 0): void {
  const { fake_max_volume_gb: largest, fake_capacity_gb: capacity } = backend.options;
  if (size < 1 || size > largest * GIB) {
    throw new ContractError('SIZE_UNSUPPORTED', `a volume has 1 to ${largest * GIB} bytes, not ${size}`, {
      details: { size, minimum: 1, maximum: largest * GIB },
    });
  }
  const free = capacity * GIB - backend.ledger.used(pool);
  if (size - have > free) {
    throw new ContractError('NO_SPACE', `pool ${pool} has ${free} bytes left, ${size - have} are needed`, {
      details: { pool, free, needed: size - have },
    });
  }
}

/** Takes a new volume up. */
export function addVolume({ state, ledger }: FakeBackend, name: string, volume: FakeVolume): void {
  state.volumes[name] = volume;
  ledger.add(volume.pool, volume.size);
}

/** Forgets a volume. */
export function dropVolume({ state, ledger }: FakeBackend, name: string): void {
  const volume = state.volumes[name];
  if (volume === undefined) return;
  delete state.volumes[name];
  ledger.add(volume.pool, -volume.size);
}
