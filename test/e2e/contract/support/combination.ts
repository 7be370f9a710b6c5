import type { BackendSpec, RunningBackend } from './backend.ts';
import type { Owner } from './owner.ts';

/** Objects made at once, unless a combination says otherwise. */
export const MANY = 20;

/** One combination of driver, helper and store that has to keep the contract. */
export interface Combination extends BackendSpec {
  readonly title: string;
  /** Kind of connections that it makes. */
  readonly connections: 'iscsi' | 'iser' | 'fibre_channel';
  /** Makes an object that can be adopted, outside the driver. Returns the reference to it. */
  readonly existing?: (backend: RunningBackend, size: number) => Promise<Readonly<Record<string, string>>>;
  /** How many objects are made at once to see that none gets in another's way: fewer where each takes seconds. Default {@link MANY}. */
  readonly many?: number;
  /** Why it cannot run here; undefined: it can. */
  readonly skip?: string | undefined;
  /** Starts what the combination needs besides the driver (a target daemon). */
  readonly prepare?: () => Promise<AsyncDisposable>;
}

/** What a case works with. */
export interface CaseContext {
  readonly combination: Combination;
  backend(): RunningBackend;
  owner(): Owner;
}
