import type { Logger } from 'pino';
import type { ApiAuth } from './auth/authenticate.ts';

/** What the API needs besides the services. */
export interface ApiOptions {
  readonly log: Logger;
  readonly auth: ApiAuth;
  /** Waited for before a change is answered: what a client was told does not go with the power. */
  readonly makeDurable?: () => Promise<void>;
  /** Where clients reach the API when a proxy stands in front, for instance `https://storage.example.org/volume`. */
  readonly publicEndpoint?: string;
}
