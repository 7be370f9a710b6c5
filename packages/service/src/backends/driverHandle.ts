import type { DriverClient } from '@scoria/core/contract';

/** What the lifecycle needs to know of a supervised driver. */
export interface DriverHandleStatus {
  readonly state: string;
  /** Why it is in that state; empty when there is nothing to say. */
  readonly reason: string;
  /** How it failed last; undefined when it never did. */
  readonly lastFailure?: { readonly message: string } | undefined;
  readonly driver: { readonly version: string | undefined; readonly capabilities: readonly string[] };
}

/** A supervised driver, as core's DriverSupervisor offers it. */
export interface DriverHandle {
  readonly client: DriverClient;
  readonly status: DriverHandleStatus;
  /** Calls `listener` after each change; returns the function that ends it. */
  onStatus(listener: (status: DriverHandleStatus) => void): () => void;
  /** @throws ContractError NOT_INITIALIZED when it will not serve, or not in time. */
  whenReady(options: { timeoutMs?: number; signal?: AbortSignal }): Promise<unknown>;
  /** Returns at once; idempotent. */
  start(): Promise<void>;
  stop(): Promise<void>;
}
