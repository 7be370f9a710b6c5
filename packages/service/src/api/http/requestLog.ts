import type { FastifyInstance } from 'fastify';

/** One line per request: never its query, body or headers, which hold names, connectors and tokens. */
export function logRequests(app: FastifyInstance): void {
  app.addHook('onResponse', async (request, reply) => {
    const { caller } = request;
    request.log.info(
      {
        method: request.method,
        path: request.url.split('?', 1)[0]?.slice(0, 256),
        status: reply.statusCode,
        ms: Math.round(reply.elapsedTime * 10) / 10,
        ...(caller && { project: caller.context.projectId, user: caller.context.userId }),
      },
      'request',
    );
  });
}
