import type { Logger } from 'pino';
import type { ApiAuth } from './auth/authenticate.ts';

/** What the API needs besides the services. */
export interface ApiOptions {
  readonly log: Logger;
  readonly auth: ApiAuth;
  /** Where clients reach the API when a proxy stands in front, for instance `https://storage.example.org/volume`. */
  readonly publicEndpoint?: string;
}
