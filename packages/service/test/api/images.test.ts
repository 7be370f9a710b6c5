import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { volumeResponseSchema } from '../../src/api/schemas/volumes.ts';
import { projectB, type Served, serve, tokens } from '../fixtures/memory/serve.ts';
import { clientOf, faultOf } from './client.ts';

let served: Served;
let api: ReturnType<typeof clientOf>;
beforeEach(async () => {
  served = await serve();
  api = clientOf(served);
});
afterEach(() => served[Symbol.asyncDispose]());

const imageRef = '11111111-2222-4333-8444-555555555555';
const create = async (fields: Record<string, unknown> = {}): Promise<string> => {
  const answer = await api.post('/volumes', { volume: { size: 1, ...fields } });
  return volumeResponseSchema.parse(answer.body).volume.id;
};

describe('create from an image', () => {
  it.each([
    ['its id', { imageRef }],
    ['its id, by the old name', { image_id: imageRef }],
    ['its URL', { imageRef: `https://glance.example/v2/images/${imageRef}` }],
  ])('names it by %s, and shows what is known of it', async (_, fields) => {
    const id = await create(fields);
    const { body } = await api.get(`/volumes/${id}`);
    expect(volumeResponseSchema.parse(body).volume.volume_image_metadata).toEqual({ image_id: imageRef });
    const plain = await api.get(`/volumes/${await create()}`);
    expect(volumeResponseSchema.parse(plain.body).volume).not.toHaveProperty('volume_image_metadata');
  });

  it('needs no size, and is one of the sources', async () => {
    const answer = await api.post('/volumes', { volume: { imageRef, source_volid: imageRef } });
    expect(faultOf(answer)).toMatchObject({ code: 400, message: expect.stringMatching(/one source/) });
    const sizeless = await api.post('/volumes', { volume: { imageRef } });
    // Past the edge: the service chooses the size; this one in memory cannot.
    expect(faultOf(sizeless).message).toMatch(/size is missing/);
  });
});

describe('os-volume_upload_image', () => {
  const upload = async (argument: Record<string, unknown>, version = '3.70', token = tokens.member) =>
    api.post(`/volumes/${await create()}/action`, { 'os-volume_upload_image': argument }, { version, token });

  it('answers as Cinder does', async () => {
    const answer = await upload({
      image_name: 'img',
      disk_format: 'qcow2',
      container_format: 'bare',
      force: false,
      visibility: 'shared',
      protected: true,
    });
    expect(answer.status).toBe(202);
    expect(answer.body).toEqual({
      'os-volume_upload_image': {
        id: expect.any(String),
        updated_at: expect.any(String),
        status: 'uploading',
        display_description: null,
        size: 1,
        volume_type: expect.objectContaining({ name: '__DEFAULT__' }),
        image_id: expect.any(String),
        image_name: 'img',
        container_format: 'bare',
        disk_format: 'qcow2',
        visibility: 'shared',
        protected: true,
      },
    });
  });

  it('shows members of the type what they may see of it', async () => {
    const type = { name: 'fast', extra_specs: { volume_backend_name: 'memory', multiattach: '<is> False' } };
    await api.post('/types', { volume_type: type }, { token: tokens.admin });
    const path = `/volumes/${await create({ volume_type: 'fast' })}/action`;
    const act = { 'os-volume_upload_image': { image_name: 'img' } };
    const { body } = await api.post(path, act, { token: tokens.member });
    expect(body).toHaveProperty('os-volume_upload_image.volume_type', {
      id: expect.any(String),
      name: 'fast',
      description: null,
      is_public: true,
      extra_specs: { multiattach: '<is> False' },
    });
  });

  it('knows neither visibility nor protection before 3.1, and is raw by default', async () => {
    const { body } = await upload({ image_name: 'img', visibility: 'public' }, '3.0');
    expect(body).toMatchObject({ 'os-volume_upload_image': { disk_format: 'raw' } });
    expect(body).not.toHaveProperty('os-volume_upload_image.visibility');
  });

  it.each([
    [{}, /image_name/],
    [{ image_name: '' }, /image_name.*must not be empty/],
    [{ image_name: 'x'.repeat(256) }, /image_name.*255/],
    [{ image_name: 'a\nb' }, /image_name/],
    [{ image_name: 'x', disk_format: 'vmdk' }, /'raw' or 'qcow2'/],
    [{ image_name: 'x', container_format: 'ova' }, /'bare'/],
    [{ image_name: 'x', force: 'perhaps' }, /force/],
    [{ image_name: 'x', visibility: 'everybody' }, /visibility/],
    [{ image_name: 'x', protected: 2 }, /protected/],
    ['x', /os-volume_upload_image/],
  ])('refuses %j', async (argument, says) => {
    const id = await create();
    const answer = await api.post(`/volumes/${id}/action`, { 'os-volume_upload_image': argument });
    expect(answer.status).toBe(400);
    expect(faultOf(answer).message).toMatch(says);
  });

  it('is not for readers, nor for another project', async () => {
    const id = await create();
    const body = { 'os-volume_upload_image': { image_name: 'x' } };
    const path = `/volumes/${id}/action`;
    expect((await api.post(path, body, { token: tokens.reader })).status).toBe(403);
    const other = await api.post(path, body, { token: tokens.other, project: projectB });
    expect(other.status).toBe(404);
  });
});

describe('image metadata', () => {
  it('is set, shown and unset', async () => {
    const id = await create({ imageRef });
    const act = (body: unknown) => api.post(`/volumes/${id}/action`, body);
    const set = await act({ 'os-set_image_metadata': { metadata: { os_distro: 'debian' } } });
    expect(set).toMatchObject({
      status: 200,
      body: { metadata: { image_id: imageRef, os_distro: 'debian' } },
    });
    expect((await act({ 'os-show_image_metadata': null })).body).toEqual(set.body);
    expect((await act({ 'os-unset_image_metadata': { key: 'os_distro' } })).status).toBe(200);
    expect((await act({ 'os-unset_image_metadata': { key: 'os_distro' } })).status).toBe(404);
    expect((await act({ 'os-show_image_metadata': {} })).body).toEqual({ metadata: { image_id: imageRef } });
  });

  it.each([
    [{ 'os-set_image_metadata': {} }, /metadata/],
    [{ 'os-set_image_metadata': { metadata: { '': 'x' } } }, /metadata/],
    [{ 'os-set_image_metadata': { metadata: { k: 'x'.repeat(256) } } }, /255/],
    [{ 'os-unset_image_metadata': {} }, /key/],
    [{ 'os-unset_image_metadata': { key: 'k', other: 1 } }, /other/],
    [{ 'os-reimage': {} }, /image_id/],
    [{ 'os-reimage': { image_id: 'x', reimage_reserved: 'perhaps' } }, /reimage_reserved/],
  ])('refuses %j', async (body, says) => {
    const answer = await api.post(`/volumes/${await create()}/action`, body);
    expect(answer.status).toBe(400);
    expect(faultOf(answer).message).toMatch(says);
  });
});

describe('os-reimage', () => {
  it('came with 3.68', async () => {
    const id = await create();
    const body = { 'os-reimage': { image_id: imageRef } };
    const path = `/volumes/${id}/action`;
    expect((await api.post(path, body, { version: '3.67' })).status).toBe(400);
    expect((await api.post(path, body, { version: '3.68' })).status).toBe(202);
  });
});

describe('scoria:cancel', () => {
  it('takes an upload back, and refuses where nothing is under way', async () => {
    const id = await create();
    const path = `/volumes/${id}/action`;
    expect((await api.post(path, { 'scoria:cancel': {} })).status).toBe(400);
    await api.post(path, { 'os-volume_upload_image': { image_name: 'x' } });
    expect((await api.post(path, { 'scoria:cancel': {} }, { token: tokens.reader })).status).toBe(403);
    expect((await api.post(path, { 'scoria:cancel': {} })).status).toBe(202);
  });
});
