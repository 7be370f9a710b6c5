import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { attachmentDetailListSchema, attachmentResponseSchema } from '../../src/api/schemas/attachments.ts';
import { type Served, serve, tokens } from '../fixtures/memory/serve.ts';
import { chapSecret } from '../fixtures/memory/volumes.ts';
import { clientOf, faultOf } from './client.ts';

let served: Served;
let api: ReturnType<typeof clientOf>;
let volumeId: string;
beforeEach(async () => {
  served = await serve();
  api = clientOf(served, { token: tokens.member });
  await api.post('/volumes', { volume: { size: 1 } });
  volumeId = [...served.store.volumes.keys()][0] ?? '';
});
afterEach(() => served[Symbol.asyncDispose]());

const connector = {
  initiator: 'iqn.1993-08.org.debian:01:abc',
  host: 'h1',
  ip: '192.0.2.1',
  mountpoint: '/dev/vdb',
};
const instance = '11111111-2222-4333-8444-555555555555';
const createWith = (fields: Record<string, unknown>) =>
  api.post('/attachments', { attachment: { volume_uuid: volumeId, instance_uuid: instance, ...fields } });

describe('attachments', () => {
  it('go from reserved over attaching to attached, and away', async () => {
    const reserved = attachmentResponseSchema.parse((await createWith({ mode: 'ro' })).body).attachment;
    expect(reserved).toMatchObject({
      status: 'reserved',
      instance,
      volume_id: volumeId,
      attach_mode: 'ro',
      attached_at: '',
      connection_info: {},
    });
    const path = `/attachments/${reserved.id}`;
    const updated = attachmentResponseSchema.parse((await api.put(path, { attachment: { connector } })).body);
    expect(updated.attachment).toMatchObject({
      status: 'attaching',
      connection_info: {
        driver_volume_type: 'iscsi',
        target_iqn: `iqn.2010-10.org.openstack:volume-${volumeId}`,
        auth_password: chapSecret,
        attachment_id: reserved.id,
      },
    });
    const complete = { 'os-complete': null };
    expect((await api.post(`${path}/action`, complete, { version: '3.43' })).status).toBe(400);
    expect(await api.post(`${path}/action`, complete)).toMatchObject({ status: 204, text: '' });
    expect((await api.get(path)).body).toMatchObject({ attachment: { status: 'attached' } });
    expect((await api.delete(path)).body).toEqual({ attachments: [] });
    expect((await api.get(path)).status).toBe(404);
    expect(served.store.volumes.get(volumeId)?.status).toBe('available');
  });

  it('are made in one step with a connector; an empty one only reserves', async () => {
    const empty = attachmentResponseSchema.parse((await createWith({ connector: {} })).body).attachment;
    expect(empty.status).toBe('reserved');
    await api.delete(`/attachments/${empty.id}`);
    const full = attachmentResponseSchema.parse((await createWith({ connector })).body).attachment;
    expect(full).toMatchObject({ status: 'attaching', connection_info: { auth_password: chapSecret } });
  });

  it.each([
    [
      'a volume that is attached already',
      () => createWith({}).then(() => createWith({})),
      /must be available/,
    ],
    ['no volume', () => api.post('/attachments', { attachment: {} }), /volume_uuid/],
    ['a volume that is no UUID', () => createWith({ volume_uuid: '../x' }), /volume_uuid.*UUID/],
    ['a bad mode', () => createWith({ mode: 'rwx' }), /attachment\.mode/],
    ['a connector without initiator', () => createWith({ connector: { host: 'h' } }), /no initiator name/],
    ['a connector that is a list', () => createWith({ connector: [] }), /attachment\.connector/],
    ['an unknown field', () => createWith({ colour: 'red' }), /'colour' was unexpected/],
  ])('refuse %s', async (_what, attempt, says) => {
    expect(faultOf(await attempt())).toMatchObject({ code: 400, message: expect.stringMatching(says) });
  });

  it('do not take mode before 3.54', async () => {
    const body = { attachment: { volume_uuid: volumeId, mode: 'ro' } };
    expect((await api.post('/attachments', body, { version: '3.53' })).status).toBe(400);
  });

  it('refuse an empty connector on update', async () => {
    const { attachment } = attachmentResponseSchema.parse((await createWith({})).body);
    const answer = await api.put(`/attachments/${attachment.id}`, { attachment: { connector: {} } });
    expect(faultOf(answer).message).toMatch(/must not be empty/);
  });

  it('are listed with filters', async () => {
    await createWith({});
    expect((await api.get(`/attachments?volume_id=${volumeId}&attach_status=reserved`)).body).toMatchObject({
      attachments: [{ volume_id: volumeId }],
    });
    expect((await api.get('/attachments?status=attached')).body).toEqual({ attachments: [] });
  });
});

describe('the CHAP secret', () => {
  it('is told to those who attach, and to nobody else', async () => {
    const { attachment } = attachmentResponseSchema.parse((await createWith({ connector })).body);
    await api.post(`/attachments/${attachment.id}/action`, { 'os-complete': null });
    const shown = `/attachments/${attachment.id}`;
    expect((await api.get(shown)).text).toContain(chapSecret);
    const silent = ['/attachments', '/attachments/detail', '/volumes/detail', `/volumes/${volumeId}`];
    for (const path of silent) {
      const answer = await api.get(path, { token: tokens.admin });
      expect(answer.status).toBe(200);
      expect(answer.text).not.toContain(chapSecret);
    }
    const list = attachmentDetailListSchema.parse((await api.get('/attachments/detail')).body);
    expect(list.attachments[0]?.connection_info).toMatchObject({ auth_username: 'user' });
    expect((await api.get(shown, { token: tokens.reader })).text).not.toContain(chapSecret);
    expect((await api.get(shown, { token: tokens.other, project: null })).status).toBe(404);
  });

  it('is told by the legacy flow, nested', async () => {
    const answer = await api.post(`/volumes/${volumeId}/action`, {
      'os-initialize_connection': { connector: { ...connector, enforce_multipath: true } },
    });
    expect(answer).toMatchObject({
      status: 200,
      body: {
        connection_info: {
          driver_volume_type: 'iscsi',
          enforce_multipath: true,
          data: { auth_password: chapSecret, target_lun: 1 },
        },
      },
    });
    const ended = { 'os-terminate_connection': { connector } };
    expect((await api.post(`/volumes/${volumeId}/action`, ended)).status).toBe(202);
  });

  it('and tokens, connectors and names never reach the log', async () => {
    await api.put(`/volumes/${volumeId}`, { volume: { name: 'canary-display-name' } });
    await createWith({ connector });
    await api.get('/volumes?name=canary-display-name');
    await createWith({ connector: 'not a connector' });
    const log = served.log();
    expect(log).toContain('"path":"/v3/');
    for (const secret of [chapSecret, tokens.member, connector.initiator, 'canary-display-name'])
      expect(log).not.toContain(secret);
  });
});
