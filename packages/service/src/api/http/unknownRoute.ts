import type { FastifyRequest } from 'fastify';
import { Fault } from './fault.ts';
import { shorten } from './query.ts';
import type { Route } from './route.ts';

/** Makes the answer to a URL that no route has: 405 when another method has it, else 404. */
export function unknownRoute(routes: readonly Route[]): (request: FastifyRequest) => Fault {
  const patterns = routes.map((route) => ({ method: route.method, pattern: patternOf(route) }));
  return (request) => faultFor(patterns, request);
}

function faultFor(
  patterns: readonly { readonly method: string; readonly pattern: RegExp }[],
  request: FastifyRequest,
): Fault {
  const [full = ''] = request.url.split('?', 1);
  const path = full.endsWith('/') ? full.slice(0, -1) : full;
  const methods = new Set(patterns.filter(({ pattern }) => pattern.test(path)).map(({ method }) => method));
  if (methods.size > 0) {
    const allowed = [...methods].join(', ');
    return new Fault(405, `The method ${request.method} is not allowed for this resource: use ${allowed}.`, {
      headers: { Allow: allowed },
    });
  }
  return new Fault(
    404,
    `The resource could not be found: no route for ${request.method} ${shorten(path, 120)}. See /v3/openapi.json.`,
  );
}

function patternOf({ path }: Route): RegExp {
  return new RegExp(`^/v3(/[^/]+)?${path.replaceAll(/:\w+/g, '[^/]{1,512}')}$`);
}
