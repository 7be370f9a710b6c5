import type { FastifyInstance } from 'fastify';
import { pino } from 'pino';
import { expect, it, onTestFinished } from 'vitest';
import { createApi } from '../../src/api/index.ts';
import { memoryServices } from '../fixtures/memory/services.ts';

function apiOver(makeDurable: () => Promise<void>): FastifyInstance {
  const { services } = memoryServices();
  const auth = { kind: 'noauth', defaultProjectId: 'p' } as const;
  const app = createApi(services, { log: pino({ level: 'silent' }), auth, makeDurable });
  onTestFinished(() => app.close());
  return app;
}

const newType = { method: 'POST', url: '/v3/types', payload: { volume_type: { name: 'gold' } } } as const;

it('answers a change once the disk has it, and no sooner', async () => {
  const asked = Promise.withResolvers<void>();
  const durable = Promise.withResolvers<void>();
  const app = apiOver(() => {
    asked.resolve();
    return durable.promise;
  });
  let answered = false;
  const answer = app.inject(newType).then((reply) => {
    answered = true;
    return reply.statusCode;
  });
  await asked.promise;
  // Whatever could be answered by now has been.
  for (let asked = 0; asked < 5; asked += 1) await app.inject({ method: 'GET', url: '/v3/types' });
  expect(answered).toBe(false);
  durable.resolve();
  expect(await answer).toBe(200);
});

it('answers 500 to a change that the disk did not take', async () => {
  const app = apiOver(() => Promise.reject(new Error('EIO: i/o error, fdatasync')));
  expect((await app.inject(newType)).statusCode).toBe(500);
});

it('answers a question without waiting for the disk', async () => {
  const app = apiOver(() => new Promise(() => undefined));
  expect((await app.inject({ method: 'GET', url: '/v3/types' })).statusCode).toBe(200);
});
