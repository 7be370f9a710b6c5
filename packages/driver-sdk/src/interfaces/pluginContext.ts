import type { Logger } from 'pino';

/** What a plugin is given besides its own options. */
export interface PluginContext {
  /** Name of the backend section. */
  readonly backend: string;
  /** Directory of this backend for state that must outlive the process; exists, mode 0700. */
  readonly stateDir: string;
  readonly log: Logger;
}
