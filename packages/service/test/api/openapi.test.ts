import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { docsMarkers, routeDocs } from '../../src/api/docs.ts';
import { routeTable } from '../../src/api/index.ts';
import { ask } from '../fixtures/memory/client.ts';
import { type Served, serve, tokens } from '../fixtures/memory/serve.ts';

let served: Served;
beforeAll(async () => {
  served = await serve();
});
afterAll(() => served[Symbol.asyncDispose]());

type Operation = { operationId: string; requestBody?: unknown; responses: Record<string, unknown> };
interface Document {
  openapi: string;
  paths: Record<string, Record<string, Operation>>;
}
const documentOf = async () => (await ask(served.url, { path: '/v3/openapi.json' })).body as Document;

it('has an operation for every route, each with its own id', async () => {
  const document = await documentOf();
  expect(document.openapi).toBe('3.1.0');
  const operations = Object.values(document.paths).flatMap((path) => Object.values(path));
  expect(operations).toHaveLength(routeTable.length);
  expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(routeTable.length);
});

it('resolves every reference', async () => {
  const document = await documentOf();
  const text = JSON.stringify(document);
  const references = [...text.matchAll(/"\$ref":"#\/([^"]+)"/g)].map(([, path]) => path ?? '');
  expect(references.length).toBeGreaterThan(0);
  for (const reference of new Set(references)) {
    let target: unknown = document;
    for (const step of reference.split('/'))
      target = typeof target === 'object' && target !== null ? Reflect.get(target, step) : undefined;
    expect(target, reference).toBeDefined();
  }
});

it('describes bodies from the schemas that parse them', async () => {
  const { paths } = await documentOf();
  expect(paths['/volumes']?.['post']).toMatchObject({
    operationId: 'createVolume',
    requestBody: {
      content: {
        'application/json': {
          schema: {
            required: ['volume'],
            properties: { volume: { additionalProperties: false, properties: { size: expect.anything() } } },
          },
        },
      },
    },
  });
  expect(JSON.stringify(paths['/volumes/{id}/action'])).toContain('os-extend');
});

it('every route of the table is served, in both forms', async () => {
  for (const route of routeTable)
    for (const prefix of ['/v3', '/v3/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa']) {
      const path = prefix + route.path.replaceAll(/:\w+/g, '00000000-0000-4000-8000-000000000000');
      const body = route.method === 'GET' || route.method === 'DELETE' ? undefined : {};
      const answer = await ask(served.url, {
        method: route.method,
        path,
        body,
        token: tokens.admin,
        version: '3.70',
      });
      expect(answer.text, `${route.method} ${path}`).not.toMatch(
        /no route for|not allowed for this resource/,
      );
      expect(answer.status, `${route.method} ${path}`).not.toBe(500);
    }
});

it('docs/api.md is made from the table', async () => {
  const text = await readFile(new URL('../../../../docs/api.md', import.meta.url), 'utf8');
  const generated = text.split(docsMarkers.begin)[1]?.split(docsMarkers.end)[0]?.trim();
  expect(generated, 'run packages/service/scripts/api-docs.ts').toBe(routeDocs(routeTable));
});
