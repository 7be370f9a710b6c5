import {
  backendsUp,
  type Json,
  type Scoria,
  startScoria,
  startTgtd,
  type TemporaryDirectory,
  type Tgtd,
  temporaryDirectory,
  tgtBackend,
} from '@scoria-test/support';
import { afterAll, beforeAll, expect, it } from 'vitest';

let directory: TemporaryDirectory;
let tgtd: Tgtd;
let scoria: Scoria;

beforeAll(async () => {
  directory = await temporaryDirectory();
  tgtd = await startTgtd(directory.path);
  const second = { ...tgtBackend(`${directory.path}/second`, tgtd) };
  scoria = await startScoria({
    directory: directory.path,
    // Two driver processes share one tgtd: a queue inside one of them does not order them.
    backends: { first: tgtBackend(`${directory.path}/first`, tgtd), second },
  });
  await backendsUp(scoria.client);
});
afterAll(async () => {
  await scoria?.[Symbol.asyncDispose]();
  await tgtd?.stop();
  await directory?.[Symbol.asyncDispose]();
});

it('makes twenty of twenty exports at once, each with its own target, account and serial', async () => {
  const { client } = scoria;
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
