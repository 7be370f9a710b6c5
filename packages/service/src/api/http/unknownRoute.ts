import type { FastifyRequest } from 'fastify';
import { Fault } from './fault.ts';
import { shorten } from './query.ts';
import type { Route } from './route.ts';

/** The answer to a URL that no route has: 405 when another method has it, else 404. */
export function unknownRoute(routes: readonly Route[], request: FastifyRequest): Fault {
  const path = (request.url.split('?', 1)[0] ?? '').replace(/\/+$/, '');
  const methods = new Set(routes.filter((each) => patternOf(each).test(path)).map(({ method }) => method));
  if (methods.size > 0 && path.length <= 2048) {
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
