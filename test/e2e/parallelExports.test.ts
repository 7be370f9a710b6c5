import { type Json, type Stage, startStage, tgtBackend } from '@scoria-test/support';
import { afterAll, beforeAll, expect, it } from 'vitest';

let stage: Stage;
beforeAll(async () => {
  // Two driver processes share one tgtd: a queue inside one of them does not order them.
  stage = await startStage({
    backends: (directory, tgtd) => ({
      first: tgtBackend(`${directory}/first`, tgtd),
      second: tgtBackend(`${directory}/second`, tgtd),
    }),
  });
});
afterAll(() => stage?.[Symbol.asyncDispose]());

it('makes twenty of twenty exports at once, each with its own target, account and serial', async () => {
  const { client } = stage;
  const volumes: Json[] = await Promise.all(
    Array.from({ length: 20 }, (_, index) => client.createVolume({ size: 1, name: `p${index}` })),
  );
  const attachments: Json[] = await Promise.all(
    volumes.map(async ({ id }, index) => {
      const connector = {
        initiator: `iqn.1993-08.org.debian:01:host${index}`,
        host: `host${index}`,
        ip: '127.0.0.1',
      };
      return (await client.ok('POST', '/attachments', { attachment: { volume_uuid: id, connector } }))
        .attachment;
    }),
  );
  const info = attachments.map(({ connection_info }) => connection_info);
  expect(new Set(info.map(({ target_iqn }) => target_iqn)).size).toBe(20);
  expect(new Set(info.map(({ auth_username }) => auth_username)).size).toBe(20);
  expect(new Set(info.map(({ auth_password }) => auth_password)).size).toBe(20);

  await Promise.all(attachments.map(({ id }) => client.ok('DELETE', `/attachments/${id}`)));
  await Promise.all(
    volumes.map(async ({ id }) => {
      await client.settled('volume', id);
      await client.ok('DELETE', `/volumes/${id}`);
      await client.gone('volume', id);
    }),
  );
  expect((await client.ok('GET', '/volumes')).volumes).toEqual([]);
});
