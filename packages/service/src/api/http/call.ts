import type { RequestContext, Services } from '../../model/index.ts';
import type { Role } from '../auth/identity.ts';
import type { Links } from './links.ts';
import type { Query } from './query.ts';

/** One request, authenticated and with its microversion chosen. */
export interface Call<Body = unknown> {
  readonly services: Services;
  readonly context: RequestContext;
  readonly role: Role;
  /** Minor number of the microversion. */
  readonly minor: number;
  readonly query: Query;
  readonly body: Body;
  readonly links: Links;
  /** A path parameter by its name in the route. */
  param(name: string): string;
  /** A request header. */
  header(name: string): string | undefined;
  /** Sets a response header. */
  setHeader(name: string, value: string): void;
}

/** What a handler answers. No body: none is sent. */
export interface Reply {
  readonly status: number;
  readonly body?: unknown;
}
