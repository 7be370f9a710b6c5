import { randomUUID } from 'node:crypto';
import Fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify';
import type { Services } from '../model/index.ts';
import type { ApiOptions } from './apiOptions.ts';
import { acceptJson, maxBodyBytes } from './http/acceptJson.ts';
import './http/caller.ts';
import { faultBody } from './http/fault.ts';
import { baseUrl } from './http/links.ts';
import { minMinor, versionHeader } from './http/microversion.ts';
import { logRequests } from './http/requestLog.ts';
import { sendFault } from './http/sendFault.ts';
import { unknownRoute } from './http/unknownRoute.ts';
import { mountRoute } from './mountRoute.ts';
import { openApiDocument } from './openapi.ts';
import { routeTable } from './routeTable.ts';
import { versionsView } from './views/version.ts';

/** What the API needs besides the services. */
/**
 * Makes the Block Storage v3 API over the services. It listens nowhere until {@link listenApi} is called.
 * Bodies and query strings are never logged: names, connectors and secrets are the users' own.
 */
export function createApi(services: Services, options: ApiOptions): FastifyInstance {
  const log: FastifyBaseLogger = options.log;
  const app: FastifyInstance = Fastify({
    loggerInstance: log,
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: () => `req-${randomUUID()}`,
    bodyLimit: maxBodyBytes,
    // A request is received within a minute or not at all; how long its work takes is another matter.
    requestTimeout: 60_000,
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 512 },
    frameworkErrors: (error, request, reply) => void sendFault(request, reply, error),
    clientErrorHandler: (_error, socket) => {
      const body = JSON.stringify(faultBody(400, 'Malformed request: it is not valid HTTP/1.1.'));
      if (socket.writable)
        socket.end(
          `HTTP/1.1 400 Bad Request\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
        );
    },
  });
  app.decorate('admitsEverybody', options.auth.kind === 'noauth');
  app.decorateRequest('caller', null);
  app.decorateRequest('minor', minMinor);
  acceptJson(app);
  addHeaders(app);
  logRequests(app);
  app.setErrorHandler((error, request, reply) => sendFault(request, reply, error));
  const unknown = unknownRoute(routeTable);
  app.setNotFoundHandler((request, reply) => sendFault(request, reply, unknown(request)));
  addPublicRoutes(app, options);
  for (const route of routeTable) mountRoute(app, services, options, route);
  return app;
}

function addHeaders(app: FastifyInstance): void {
  app.addHook('onSend', async (request, reply) => {
    reply.header('x-openstack-request-id', request.id).header('x-compute-request-id', request.id);
    if (request.url.startsWith('/v3'))
      reply.header(versionHeader, `volume 3.${request.minor}`).header('Vary', versionHeader);
  });
}

/** What a client must be able to ask before it has a token: which versions there are, and how they look. */
function addPublicRoutes(app: FastifyInstance, options: ApiOptions): void {
  // Made when first asked for: most services are never asked, and all of them want to start fast.
  let document: string | undefined;
  const baseOf = (request: { protocol: 'http' | 'https'; headers: { host?: string | undefined } }) =>
    baseUrl(options.publicEndpoint, request.protocol, request.headers.host);
  app.get('/', async (request, reply) => reply.code(300).send(versionsView(baseOf(request))));
  app.get('/v3', async (request) => versionsView(baseOf(request)));
  app.get('/v3/openapi.json', async (_request, reply) => {
    document ??= JSON.stringify(openApiDocument(routeTable));
    return reply.header('content-type', 'application/json').send(document);
  });
  app.get('/healthcheck', async (_request, reply) => reply.type('text/plain').send('OK'));
}
