import { z } from 'zod';
import { maxMinor, minMinor, versionHeader } from './http/microversion.ts';
import type { Route } from './http/route.ts';

type Json = Record<string, unknown>;

const faultRef = { $ref: '#/components/responses/Fault' };

/** The OpenAPI 3.1 document of a route table. Both URL forms are described by the two servers. */
export function openApiDocument(routes: readonly Route[]): Json {
  const paths: Record<string, Json> = {};
  for (const route of routes) {
    const path = route.path.replaceAll(/:(\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operationOf(route) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Scoria Block Storage',
      version: `3.${maxMinor}`,
      description: `OpenStack Block Storage v3, microversions 3.${minMinor} to 3.${maxMinor}.`,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [
      { url: '/v3/{project_id}', variables: { project_id: { default: 'default' } } },
      { url: '/v3', description: 'Without the project (3.67): that of the token' },
    ],
    security: [{ token: [] }, { bearer: [] }],
    paths,
    components: {
      securitySchemes: {
        token: { type: 'apiKey', in: 'header', name: 'X-Auth-Token' },
        bearer: { type: 'http', scheme: 'bearer' },
      },
      parameters: {
        microversion: {
          name: versionHeader,
          in: 'header',
          required: false,
          schema: { type: 'string', pattern: '^volume (3\\.\\d+|latest)$' },
        },
      },
      responses: {
        Fault: {
          description: 'A refusal or a failure; its name is the only key.',
          content: { 'application/json': { schema: faultSchema } },
        },
      },
    },
  };
}

const faultSchema = {
  type: 'object',
  minProperties: 1,
  maxProperties: 1,
  additionalProperties: {
    type: 'object',
    required: ['code', 'message'],
    properties: { code: { type: 'integer' }, message: { type: 'string' } },
  },
};

function operationOf(route: Route): Json {
  const body = bodyOf(route);
  return {
    operationId: route.operationId,
    summary: route.summary,
    tags: [route.tag],
    ...(route.since && { 'x-scoria-since': `3.${route.since}` }),
    ...(route.admin && { 'x-scoria-admin': true }),
    parameters: [
      { $ref: '#/components/parameters/microversion' },
      ...[...route.path.matchAll(/:(\w+)/g)].map(([, name]) => ({
        name,
        in: 'path',
        required: true,
        schema: { type: 'string' },
      })),
      ...(route.query ?? []).map((name) => ({ name, in: 'query', schema: { type: 'string' } })),
    ],
    ...(body && { requestBody: { required: true, content: { 'application/json': { schema: body } } } }),
    responses: { ...successesOf(route), default: faultRef },
  };
}

function successesOf(route: Route): Json {
  if (route.actions.length > 0) {
    const statuses = new Set(route.actions.map(({ status }) => status));
    return Object.fromEntries([...statuses].map((status) => [status, { description: 'Done or accepted' }]));
  }
  const response = route.response;
  const content = response && { 'application/json': { schema: jsonSchema(response, 'output') } };
  return { [route.status]: { description: route.summary, ...(content && { content }) } };
}

function bodyOf(route: Route): Json | null {
  if (route.actions.length > 0)
    return {
      oneOf: route.actions.map((action) => ({
        type: 'object',
        description: [
          action.summary,
          action.since > 0 && `since 3.${action.since}`,
          action.admin && 'administrators only',
        ]
          .filter(Boolean)
          .join('; '),
        required: [action.name],
        additionalProperties: false,
        properties: { [action.name]: jsonSchema(action.argument, 'input') },
      })),
    };
  // Each microversion narrows or widens the one before; the newest is what a client should send.
  const newest = route.bodies.at(-1);
  return newest ? jsonSchema(newest.schema, 'input') : null;
}

function jsonSchema(schema: z.ZodType, io: 'input' | 'output'): Json {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' });
  return rest;
}
