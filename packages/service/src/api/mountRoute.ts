import type { FastifyInstance, FastifyRequest, preHandlerHookHandler } from 'fastify';
import type { Services } from '../model/index.ts';
import type { ApiOptions } from './apiOptions.ts';
import { authenticate } from './auth/authenticate.ts';
import { requireAdmin, requireWriter } from './auth/policy.ts';
import type { Call } from './http/call.ts';
import { Fault } from './http/fault.ts';
import { baseUrl, Links } from './http/links.ts';
import { negotiate } from './http/microversion.ts';
import { flattenQuery } from './http/query.ts';
import type { Route } from './http/route.ts';

/** Serves a route of the table under both of its URLs, with and without the project. */
export function mountRoute(
  app: FastifyInstance,
  services: Services,
  options: ApiOptions,
  route: Route,
): void {
  for (const prefix of ['/v3/:project_id', '/v3']) {
    app.route({
      method: route.method,
      url: `${prefix}${route.path}`,
      onRequest: admit(options, route),
      handler: async (request, reply) => {
        const call = callOf(services, options, request, (name, value) => reply.header(name, value));
        const { status, body } = await route.run(call);
        if (route.method !== 'GET') await options.makeDurable?.();
        reply.code(status);
        if (body === undefined) return reply.send();
        // Serialised here: replies have no schema, and a generic serialiser would only call the same function.
        return reply.header('content-type', 'application/json').send(JSON.stringify(body));
      },
    });
  }
}

/** Everything that can be refused without the body is refused before it is read. */
function admit(options: ApiOptions, route: Route): preHandlerHookHandler {
  return async (request) => {
    request.caller = authenticate(options.auth, {
      requestId: request.id,
      headers: request.headers,
      projectInUrl: paramsOf(request)['project_id'] ?? null,
    });
    request.minor = negotiate(one(request.headers['openstack-api-version']));
    if ((route.since ?? 0) > request.minor)
      throw new Fault(
        404,
        `The resource could not be found: ${route.method} ${route.path} needs microversion 3.${route.since} or later; send the header OpenStack-API-Version: volume 3.${route.since}.`,
      );
    if (route.admin === true) requireAdmin(request.caller);
    // Of actions, some only read: the action itself decides.
    if (route.method !== 'GET' && route.actions.length === 0) requireWriter(request.caller);
  };
}

function callOf(
  services: Services,
  options: ApiOptions,
  request: FastifyRequest,
  setHeader: (name: string, value: string) => unknown,
): Call {
  const { caller } = request;
  if (caller === null) throw new Error('a route of the table was reached without authentication');
  const params = paramsOf(request);
  const base = baseUrl(options.publicEndpoint, request.protocol, request.headers.host);
  return {
    services,
    context: caller.context,
    role: caller.role,
    minor: request.minor,
    query: flattenQuery(request.query),
    body: request.body,
    links: new Links(base, params['project_id'] ?? null),
    param: (name) => {
      const value = params[name];
      if (value === undefined) throw new Error(`the route has no parameter ${name}`);
      return value;
    },
    header: (name) => one(request.headers[name.toLowerCase()]),
    setHeader: (name, value) => void setHeader(name, value),
  };
}

function paramsOf(request: FastifyRequest): Readonly<Record<string, string>> {
  return flattenQuery(request.params);
}

function one(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header.join(',') : header;
}
