import { once } from 'node:events';
import { request } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ask } from '../fixtures/memory/client.ts';
import { projectA, type Served, serve, tokens } from '../fixtures/memory/serve.ts';
import { clientOf, faultOf } from './client.ts';

let served: Served;
beforeAll(async () => {
  served = await serve();
});
afterAll(() => served[Symbol.asyncDispose]());

const volume = (fields: Record<string, unknown>) => ({ volume: { size: 1, ...fields } });
const unknownId = '00000000-0000-4000-8000-000000000000';

/** Bodies of `POST /volumes` that must be refused with 400, and what the message must say. */
const refusedCreates: readonly [what: string, body: unknown, says: RegExp][] = [
  ['size 0', volume({ size: 0 }), /volume\.size\. Value: 0\. must be at least 1/],
  ['negative size', volume({ size: -1 }), /volume\.size\. Value: -1/],
  ['fractional size', volume({ size: 1.5 }), /volume\.size\. Value: 1\.5\. must be a whole number/],
  ['size "0"', volume({ size: '0' }), /volume\.size/],
  ['size "1.5"', volume({ size: '1.5' }), /volume\.size/],
  ['size "-1"', volume({ size: '-1' }), /volume\.size/],
  ['size " 1"', volume({ size: ' 1' }), /volume\.size/],
  ['size "1e3"', volume({ size: '1e3' }), /volume\.size/],
  ['size 2^53', volume({ size: 2 ** 53 }), /volume\.size.*at most/],
  ['size "9007199254740992"', volume({ size: '9007199254740992' }), /volume\.size.*at most/],
  ['size true', volume({ size: true }), /volume\.size/],
  ['size {}', volume({ size: {} }), /volume\.size\. Value: an object/],
  ['no size and no source', { volume: {} }, /give size in GiB, snapshot_id, source_volid or imageRef/],
  ['name of 4 KiB', volume({ name: 'n'.repeat(4096) }), /volume\.name.*at most 255 characters/],
  ['name of 256', volume({ name: 'n'.repeat(256) }), /volume\.name/],
  ['name with a line break', volume({ name: 'a\nb' }), /volume\.name.*line breaks/],
  ['name with NUL', volume({ name: 'a\0b' }), /volume\.name/],
  ['name that is a number', volume({ name: 5 }), /volume\.name/],
  ['description of 256', volume({ description: 'd'.repeat(256) }), /volume\.description/],
  ['metadata with a long value', volume({ metadata: { k: 'v'.repeat(256) } }), /volume\.metadata\.k/],
  ['metadata with a number', volume({ metadata: { k: 1 } }), /volume\.metadata\.k/],
  ['metadata with a bad key', volume({ metadata: { 'k\n': 'v' } }), /volume\.metadata/],
  ['metadata that is a list', volume({ metadata: [] }), /volume\.metadata\. Value: a list/],
  ['snapshot_id that is no UUID', volume({ snapshot_id: '../../etc/passwd' }), /snapshot_id.*UUID/],
  [
    'source_volid that is no UUID',
    volume({ source_volid: "'; drop table volumes; --" }),
    /source_volid.*UUID/,
  ],
  ['two sources', volume({ snapshot_id: unknownId, source_volid: unknownId }), /one source/],
  ['multiattach', volume({ multiattach: true }), /volume type with the extra spec multiattach/],
  ['a backup and a snapshot', volume({ backup_id: unknownId, snapshot_id: unknownId }), /one source/],
  ['a group', volume({ group_id: unknownId }), /groups are not available yet/],
  [
    'unknown field in volume',
    volume({ colour: 'red' }),
    /not allowed in 'volume' \('colour' was unexpected\)/,
  ],
  ['unknown field beside volume', { ...volume({}), colour: 'red' }, /'colour' was unexpected/],
  ['no volume', {}, /volume/],
  ['volume null', { volume: null }, /volume/],
  ['a list', [], /JSON object/],
  ['a text', 'volume', /JSON object/],
  ['empty zone', volume({ availability_zone: '' }), /availability_zone/],
];

describe('create volume', () => {
  it.each(refusedCreates)('refuses %s', async (_what, body, says) => {
    const answer = await clientOf(served).post('/volumes', body);
    expect(faultOf(answer)).toMatchObject({
      name: 'badRequest',
      code: 400,
      message: expect.stringMatching(says),
    });
    expect(answer.status).toBe(400);
    expect(served.store.volumes.size).toBe(0);
  });

  it('takes digits as a size, and names that are only odd', async () => {
    const { post, delete: remove } = clientOf(served);
    for (const name of ['../../etc/passwd', '"quoted" \'name\'', '  spaces  ', 'ünïcödé 💾']) {
      const answer = await post('/volumes', volume({ size: '1', name }));
      expect(answer).toMatchObject({ status: 202, body: { volume: { size: 1, name: name.trim() } } });
      const [created] = served.store.volumes.values();
      expect(created?.backendName).toMatch(/^volume-[0-9a-f-]{36}$/);
      expect((await remove(`/volumes/${created?.id}`)).status).toBe(202);
    }
  });

  it('ignores unknown fields before 3.53', async () => {
    const { post, delete: remove } = clientOf(served, { version: '3.52' });
    expect((await post('/volumes', volume({ status: 'creating', user_id: null }))).status).toBe(202);
    const [created] = served.store.volumes.values();
    await remove(`/volumes/${created?.id}`);
  });

  it('answers 404 for an unknown type and an unknown source', async () => {
    const { post } = clientOf(served);
    for (const fields of [{ volume_type: 'nope' }, { source_volid: unknownId }, { snapshot_id: unknownId }])
      expect(faultOf(await post('/volumes', volume(fields)))).toMatchObject({
        name: 'itemNotFound',
        code: 404,
        message: expect.stringContaining(String(Object.values(fields)[0])),
      });
  });
});

describe('bodies', () => {
  const path = `/v3/${projectA}/volumes`;
  const send = (raw: string, headers = {}) =>
    ask(served.url, { method: 'POST', path, raw, token: tokens.admin, headers });

  it.each([
    ['malformed JSON', '{"volume": {"size": 1', /not valid JSON/],
    [
      'JSON with a prototype',
      '{"volume": {"size": 1, "__proto__": {"isAdmin": true}}}',
      /not valid JSON|Malformed/,
    ],
    ['JSON nested 40 levels', `{"volume": ${'['.repeat(40)}${']'.repeat(40)}}`, /nested deeper/],
    ['an empty body', '', /JSON object/],
    ['only spaces', '   ', /JSON object/],
  ])('refuses %s', async (_what, raw, says) => {
    const answer = await send(raw);
    expect(faultOf(answer)).toMatchObject({ name: 'badRequest', message: expect.stringMatching(says) });
  });

  it('refuses other media types with 415', async () => {
    const answer = await send('<volume size="1"/>', { 'content-type': 'application/xml' });
    expect(faultOf(answer)).toMatchObject({ name: 'badMediaType', code: 415 });
  });

  it('refuses 100 MiB with 413 before reading them, announced or not', async () => {
    const before = process.memoryUsage().rss;
    for (const transfer of ['announced', 'chunked']) {
      const answer = await sendHuge(transfer === 'announced');
      expect(faultOf(answer)).toMatchObject({ name: 'overLimit', code: 413, message: /112 KiB/ });
    }
    expect(process.memoryUsage().rss - before).toBeLessThan(60 * 1024 ** 2);
    expect((await clientOf(served).get('/volumes')).status).toBe(200);
  });
});

/** Writes 100 MiB in 64 KiB pieces for as long as the server takes them. */
async function sendHuge(announced: boolean) {
  const outgoing = request({
    host: '127.0.0.1',
    port: new URL(served.url).port,
    method: 'POST',
    path: `/v3/${projectA}/volumes`,
    agent: false,
    headers: {
      'x-auth-token': tokens.admin,
      'content-type': 'application/json',
      ...(announced && { 'content-length': String(100 * 1024 ** 2) }),
    },
  });
  const pieces = async function* () {
    const piece = Buffer.alloc(64 * 1024, 0x20);
    for (let sent = 0; sent < 1600; sent += 1) yield piece;
  };
  // The server hangs up on the rest: the write fails, and what counts is the answer it gave before.
  const written = pipeline(pieces, outgoing).catch((error: unknown) => error);
  const [incoming] = await once(outgoing, 'response');
  const body = await text(incoming);
  outgoing.destroy();
  await written;
  return { status: incoming.statusCode, headers: incoming.headers, text: body, body: JSON.parse(body) };
}

describe('urls and methods', () => {
  const cases: readonly [method: string, path: string, status: number, name: string][] = [
    ['GET', '/nope', 404, 'itemNotFound'],
    ['GET', '/v3/nope/nope/nope/nope', 404, 'itemNotFound'],
    ['GET', '/v2/volumes', 404, 'itemNotFound'],
    ['GET', `/v3/${projectA}/volumes/${unknownId}`, 404, 'itemNotFound'],
    ['GET', `/v3/${projectA}/volumes/${'x'.repeat(300)}`, 404, 'itemNotFound'],
    ['GET', `/v3/${projectA}/volumes/${'x'.repeat(4096)}`, 404, 'itemNotFound'],
    ['GET', `/v3/${projectA}/volumes/..%2F..%2Fetc%2Fpasswd`, 404, 'itemNotFound'],
    ['GET', `/v3/${projectA}/snapshots/${unknownId}`, 404, 'itemNotFound'],
    ['GET', `/v3/${projectA}/types/${unknownId}`, 404, 'itemNotFound'],
    ['DELETE', `/v3/${projectA}/volumes/${unknownId}`, 404, 'itemNotFound'],
    ['PUT', `/v3/${projectA}/volumes`, 405, 'badMethod'],
    ['PATCH', `/v3/${projectA}/volumes/${unknownId}`, 405, 'badMethod'],
    ['DELETE', '/v3/volumes', 405, 'badMethod'],
    ['GET', '/v3/%zz/volumes', 400, 'badRequest'],
    ['GET', '/v3/a%20b/volumes', 400, 'badRequest'],
  ];
  it.each(cases)('%s %.120s is %i', async (method, path, status, name) => {
    const answer = await ask(served.url, { method, path, token: tokens.admin });
    expect(answer.status).toBe(status);
    expect(faultOf(answer)).toMatchObject({ name, code: status });
  });

  it('answers what is not HTTP with a fault', async () => {
    const socket = connect(Number(new URL(served.url).port), '127.0.0.1');
    socket.end('NOT HTTP\r\n\r\n');
    const answer = await text(socket);
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer).toContain('{"badRequest":{"code":400,');
  });
});

describe('query strings', () => {
  const cases: readonly [query: string, says: RegExp][] = [
    ['limit=-1', /limit param must be positive/],
    ['limit=x', /limit param must be an integer/],
    ['limit=1.5', /limit param must be an integer/],
    ['offset=-1', /offset param must be positive/],
    ['offset=99999999999999999999', /offset param must be an integer/],
    ['sort=colour:asc', /Sort key supplied is invalid: 'colour'/],
    ['sort=name:up', /Unknown sort direction 'up'/],
    ['sort=name&sort_key=name', /cannot be used with the 'sort' parameter/],
    ['sort_key=__proto__', /Sort key supplied is invalid/],
    ['colour=red', /Invalid filters colour/],
    ['toString=1', /Invalid filters toString/],
    ['bootable=maybe', /'bootable = maybe'/],
    ['created_at=2026', /Invalid 2026 operator/],
    ['created_at=gt:yesterday', /Invalid yesterday value/],
    ['metadata=k', /Invalid filter metadata/],
    ['all_tenants=perhaps', /'all_tenants' is not a boolean/],
    ['with_count=perhaps', /'with_count' is not a boolean/],
  ];
  it.each(cases)('refuses ?%s', async (query, says) => {
    const answer = await clientOf(served).get(`/volumes/detail?${query}`);
    expect(faultOf(answer)).toMatchObject({ name: 'badRequest', message: expect.stringMatching(says) });
  });

  it('answers 404 for an unknown marker', async () => {
    const answer = await clientOf(served).get(`/volumes?marker=${unknownId}`);
    expect(faultOf(answer)).toMatchObject({
      name: 'itemNotFound',
      message: expect.stringContaining(unknownId),
    });
  });
});

describe('actions', () => {
  const cases: readonly [body: unknown, status: number, says: RegExp][] = [
    [{}, 400, /only key is the name of the action/],
    [{ 'os-extend': { new_size: 2 }, 'os-reserve': null }, 400, /only key/],
    [{ 'os-nope': {} }, 400, /There is no such action: os-nope/],
    [{ constructor: {} }, 400, /There is no such action/],
    [{ 'os-extend': {} }, 400, /'os-extend\.new_size' is a required property/],
    [{ 'os-extend': { new_size: 1.5 } }, 400, /os-extend\.new_size\. Value: 1\.5/],
    [{ 'os-extend': { new_size: 2 ** 53 } }, 400, /os-extend\.new_size/],
    [{ 'os-extend': { new_size: 1 } }, 400, /greater than current size/],
    [{ 'os-extend': null }, 400, /os-extend/],
    [{ 'os-set_bootable': { bootable: 'maybe' } }, 400, /os-set_bootable\.bootable/],
    [{ 'os-reset_status': {} }, 400, /must specify 'status'/],
    [{ 'os-reset_status': { status: 'happy' } }, 400, /os-reset_status\.status/],
    [{ 'os-attach': { mountpoint: '/dev/vdb' } }, 400, /instance_uuid or host_name/],
    [{ 'os-attach': { mountpoint: '', host_name: 'h' } }, 400, /mountpoint/],
    [{ 'os-attach': { mountpoint: '/dev/vdb', host_name: 'h', mode: 'rwx' } }, 400, /os-attach\.mode/],
    [{ 'os-initialize_connection': { connector: {} } }, 400, /no initiator name/],
    [{ 'os-initialize_connection': { connector: 'text' } }, 400, /connector/],
    [{ 'os-begin_detaching': null }, 400, /to be changed to detaching it must be in-use/],
    [{ 'os-unreserve': null }, 400, /it must be attaching/],
    [{ 'os-retype': { new_type: 'x' } }, 501, /not available yet/],
    [{ 'os-migrate_volume': { host: 'x' } }, 501, /not available yet/],
    [{ revert: { snapshot_id: unknownId } }, 501, /not available yet/],
  ];
  it('refuses each with what, which and why', async () => {
    const { post, delete: remove } = clientOf(served);
    await post('/volumes', volume({}));
    const [created] = served.store.volumes.values();
    for (const [body, status, says] of cases) {
      const answer = await post(`/volumes/${created?.id}/action`, body);
      expect(faultOf(answer).message, JSON.stringify(body)).toMatch(says);
      expect(answer.status).toBe(status);
    }
    expect([...served.store.volumes.values()]).toEqual([created]);
    await remove(`/volumes/${created?.id}`);
  });
});
