import type { FastifyReply, FastifyRequest } from 'fastify';
import { faultBody } from './fault.ts';
import { toFault } from './toFault.ts';

/** Answers an error as a fault. What is our failure, not the client's, goes to the log with its cause. */
export function sendFault(request: FastifyRequest, reply: FastifyReply, error: unknown): FastifyReply {
  const fault = toFault(error);
  if (fault.status >= 500 && fault.status !== 501)
    request.log.error({ err: fault.cause ?? fault, status: fault.status }, 'request failed');
  // The rest of a body that is too large is not worth reading.
  if (fault.status === 413) reply.header('connection', 'close');
  return reply.code(fault.status).headers(fault.headers).send(faultBody(fault.status, fault.message));
}
