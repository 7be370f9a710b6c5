import type { FastifyInstance } from 'fastify';
import { Fault } from './fault.ts';

/** Cinder's `osapi_max_request_body_size`: no request of this API comes near it. */
export const maxBodyBytes = 114_688;

/** No body of this API is nested deeper than a connector; a deeper one only serves to exhaust a stack. */
const maxDepth = 32;

/** Accepts JSON bodies only. An empty body is no body, whatever its type says: clients send such with DELETE. */
export function acceptJson(app: FastifyInstance): void {
  const parseJson = app.getDefaultJsonParser('error', 'error');
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(
    ['application/json', 'application/vnd.openstack.volume+json'],
    { parseAs: 'string', bodyLimit: maxBodyBytes },
    (request, body: string, done) => {
      if (body.trim() === '') return done(null, undefined);
      if (isTooDeep(body)) return done(malformed(`it is nested deeper than ${maxDepth} levels`), undefined);
      return parseJson(request, body, (error, parsed) => {
        if (error === null) done(null, parsed);
        else done(malformed('it is not valid JSON', error), undefined);
      });
    },
  );
}

function malformed(reason: string, cause?: Error): Fault {
  return new Fault(400, `Malformed request body: ${reason}.`, { cause });
}

function isTooDeep(json: string): boolean {
  let depth = 0;
  let inText = false;
  for (let index = 0; index < json.length; index += 1) {
    const char = json.charCodeAt(index);
    if (inText) {
      if (char === 0x5c) index += 1;
      else if (char === 0x22) inText = false;
    } else if (char === 0x22) inText = true;
    else if (char === 0x7b || char === 0x5b) {
      depth += 1;
      if (depth > maxDepth) return true;
    } else if (char === 0x7d || char === 0x5d) depth -= 1;
  }
  return false;
}
