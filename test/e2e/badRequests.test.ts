import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Json, type Stage, startStage } from '@scoria-test/support';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

let stage: Stage;
let attached: Json;
let attachment: Json;
let free: Json;

const connector = { initiator: 'iqn.1993-08.org.debian:01:bad', host: 'bad', ip: '127.0.0.1' };
const unknown = '00000000-0000-4000-8000-000000000000';

beforeAll(async () => {
  stage = await startStage();
  free = await stage.client.createVolume({ size: 2, name: 'free' });
  attached = await stage.client.createVolume({ size: 1, name: 'attached' });
  attachment = (
    await stage.client.ok('POST', '/attachments', { attachment: { volume_uuid: attached.id, connector } })
  ).attachment;
  await stage.client.ok('POST', `/attachments/${attachment.id}/action`, { 'os-complete': {} });
});
afterAll(() => stage?.[Symbol.asyncDispose]());

/** The one key of a v3 error body, with its code and message. */
function fault(body: Json): { kind: string; code: number; message: string } {
  expect(Object.keys(body)).toHaveLength(1);
  const [kind = ''] = Object.keys(body);
  expect(body[kind]).toMatchObject({ code: expect.any(Number), message: expect.stringMatching(/\S/) });
  return { kind, ...body[kind] };
}

const create = (volume: Json) => ['POST', '/volumes', { volume }] as const;

describe('a request that cannot be met', () => {
  const cases: [
    string,
    () => readonly ['GET' | 'POST' | 'PUT' | 'DELETE', string, unknown?],
    number,
    RegExp,
  ][] = [
    ['size 0', () => create({ size: 0 }), 400, /size/],
    ['a negative size', () => create({ size: -1 }), 400, /size/],
    ['a fractional size', () => create({ size: 1.5 }), 400, /size/],
    ['a size of 2^53', () => create({ size: 2 ** 53 }), 400, /size/],
    ['a size in words', () => create({ size: 'big' }), 400, /size/],
    ['no size and no source', () => create({ name: 'x' }), 400, /size/],
    ['a name of 4 KiB', () => create({ size: 1, name: 'n'.repeat(4096) }), 400, /name/],
    ['a name with a line break', () => create({ size: 1, name: 'a\nb' }), 400, /name.*line break/],
    ['an unknown type', () => create({ size: 1, volume_type: 'gold' }), 404, /gold/],
    ['an unknown snapshot', () => create({ size: 1, snapshot_id: unknown }), 404, new RegExp(unknown)],
    ['an unknown source', () => create({ size: 1, source_volid: unknown }), 404, new RegExp(unknown)],
    [
      'a clone smaller than its source',
      () => create({ size: 1, source_volid: free.id }),
      400,
      /size|smaller/i,
    ],
    ['a body that is not JSON', () => ['POST', '/volumes', '{"volume": {'], 400, /JSON/i],
    ['a body without its envelope', () => ['POST', '/volumes', { size: 1 }], 400, /volume/],
    ['delete of the unknown', () => ['DELETE', `/volumes/${unknown}`], 404, new RegExp(unknown)],
    [
      'delete of an attached volume',
      () => ['DELETE', `/volumes/${attached.id}`],
      400,
      /available|attached|in-use/,
    ],
    [
      'shrinking',
      () => ['POST', `/volumes/${free.id}/action`, { 'os-extend': { new_size: 1 } }],
      400,
      /size|greater|larger/i,
    ],
    [
      'attaching what is attached',
      () => ['POST', '/attachments', { attachment: { volume_uuid: attached.id, connector } }],
      400,
      /in-use|attached|multiattach/,
    ],
    [
      'attaching the unknown',
      () => ['POST', '/attachments', { attachment: { volume_uuid: unknown, connector } }],
      404,
      new RegExp(unknown),
    ],
    ['detach of the unknown', () => ['DELETE', `/attachments/${unknown}`], 404, new RegExp(unknown)],
    [
      'an unknown action',
      () => ['POST', `/volumes/${free.id}/action`, { 'os-explode': {} }],
      400,
      /os-explode|action/,
    ],
    ['an unknown path', () => ['GET', '/volumez'], 404, /./],
  ];

  it.each(cases)('%s is answered in the v3 error shape', async (_, request, status, message) => {
    const [method, path, body] = request();
    const answer = await stage.client.call(method, path, body);
    expect([answer.status, answer.body]).toEqual([status, expect.anything()]);
    const { code, message: text } = fault(answer.body);
    expect(code).toBe(status);
    expect(text).toMatch(message);
  });

  it.each(['../../etc/passwd', 'quote"\'; rm -rf /', 'ünïcode ☃'])(
    'a display name %j never becomes a path, a target or an option',
    async (name) => {
      const volume = await stage.client.createVolume({ size: 1, name });
      expect(volume.name).toBe(name);
      const shown = await stage.client.ok('GET', `/volumes/${volume.id}`);
      expect(shown.volume.name).toBe(name);
      expect(await readdir(join(stage.directory, 'volumes/volumes'))).toContain(`volume-${volume.id}`);
      await stage.client.ok('DELETE', `/volumes/${volume.id}`);
      await stage.client.gone('volume', volume.id);
    },
  );

  it('a wrong microversion is refused with the range', async () => {
    const tooNew = await stage.client.call('GET', '/volumes', undefined, {
      'openstack-api-version': 'volume 3.999',
    });
    expect(tooNew.status).toBe(406);
    expect(JSON.stringify(tooNew.body)).toMatch(/3\.0/);
    const malformed = await stage.client.call('GET', '/volumes', undefined, {
      'openstack-api-version': 'volume banana',
    });
    expect(malformed.status).toBe(400);
  });

  it('a body of 100 MiB is refused and does not stay in memory', async () => {
    const { residentBytes } = await import('@scoria-test/support');
    const before = await residentBytes(stage.scoria.process.pid);
    const body = `{"volume": {"name": "${'x'.repeat(100 * 2 ** 20)}"}}`;
    const answer = await stage.client.call('POST', '/volumes', body).catch((error: Error) => error);
    // The service may close the connection instead of reading on: both refuse.
    if (!(answer instanceof Error)) expect([400, 413]).toContain(answer.status);
    expect((await residentBytes(stage.scoria.process.pid)) - before).toBeLessThan(64 * 2 ** 20);
    expect((await stage.client.call('GET', '/volumes')).status).toBe(200);
  });

  it('leaves no trace', async () => {
    const { volumes } = await stage.client.ok('GET', '/volumes/detail');
    expect(volumes.map(({ id, status }: Json) => [id, status]).sort()).toEqual(
      [
        [free.id, 'available'],
        [attached.id, 'in-use'],
      ].sort(),
    );
    expect(
      (await readdir(join(stage.directory, 'volumes/volumes')))
        .filter((name) => name.startsWith('volume-'))
        .sort(),
    ).toEqual([`volume-${free.id}`, `volume-${attached.id}`].sort());
  });
});
