import type { RequestContext } from '../../model/index.ts';
import type { Role } from '../auth/identity.ts';

/** Who sent a request, and in which microversion. */
export interface Caller {
  readonly context: RequestContext;
  readonly role: Role;
}

declare module 'fastify' {
  interface FastifyInstance {
    /** No token is asked for: only a private socket may serve it. */
    readonly admitsEverybody: boolean;
  }
  interface FastifyRequest {
    /** Null until authenticated, and on public routes. */
    caller: Caller | null;
    /** Minor number of the microversion. */
    minor: number;
  }
}
