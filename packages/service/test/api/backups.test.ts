import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import {
  backupDetailListSchema,
  backupListSchema,
  backupResponseSchema,
  backupSummaryResponseSchema,
  restoreResponseSchema,
  verificationResponseSchema,
} from '../../src/api/schemas/backups.ts';
import type { RequestContext } from '../../src/model/index.ts';
import { type BackupLifecycle, digestOf, startBackups, writtenVolume } from '../fixtures/backups.ts';
import { eventually, startLifecycle } from '../fixtures/lifecycle.ts';
import { projectA, tokens } from '../fixtures/memory/serve.ts';
import { serveLifecycle } from '../fixtures/serveLifecycle.ts';
import { clientOf, faultOf } from './client.ts';

const owner: RequestContext = {
  requestId: 'req-1',
  projectId: projectA,
  userId: 'user-member',
  isAdmin: false,
};
const unknownId = '00000000-0000-4000-8000-000000000000';

async function setUp() {
  const life = await startBackups();
  const served = await serveLifecycle(life);
  const volume = await writtenVolume(life, 8, { displayName: 'vol' }, owner);
  return { life, served, api: clientOf(served), volume };
}

async function make(
  { life, api, volume }: { life: BackupLifecycle; api: ReturnType<typeof clientOf>; volume: { id: string } },
  fields: Readonly<Record<string, unknown>> = {},
) {
  const answer = await api.post('/backups', { backup: { volume_id: volume.id, ...fields } });
  expect(answer.status).toBe(202);
  const { backup } = backupSummaryResponseSchema.parse(answer.body);
  await life.idle();
  return backup.id;
}

test('backups have exactly the fields of their microversion and role', async () => {
  const set = await setUp();
  const { api, volume } = set;
  const id = await make(set, { name: 'b', description: 'd', metadata: { k: 'v' }, container: 'c' });
  const common = {
    id,
    status: 'available',
    size: 1,
    object_count: 0,
    availability_zone: 'nova',
    container: 'c',
    created_at: expect.any(String),
    updated_at: expect.any(String),
    name: 'b',
    description: 'd',
    fail_reason: null,
    volume_id: volume.id,
    links: expect.any(Array),
    is_incremental: false,
    has_dependent_backups: false,
    snapshot_id: null,
    data_timestamp: expect.any(String),
    'scoria:stored_bytes': expect.any(Number),
  };
  const at = async (version: string, token: string = tokens.admin) =>
    (await api.get(`/backups/${id}`, { version, token })).body;
  expect(await at('3.0')).toEqual({ backup: common });
  const project = { 'os-backup-project-attr:project_id': projectA };
  expect(await at('3.18')).toEqual({ backup: { ...common, ...project } });
  const metadata = { metadata: { k: 'v' } };
  expect(await at('3.43')).toEqual({ backup: { ...common, ...project, ...metadata } });
  expect(await at('3.56')).toEqual({ backup: { ...common, ...project, ...metadata, user_id: 'user-admin' } });
  expect(await at('3.70', tokens.member)).toEqual({ backup: { ...common, ...metadata } });
  expect((await api.get('/backups')).body).toEqual({
    backups: [{ id, name: 'b', links: expect.any(Array) }],
  });
  backupResponseSchema.parse(await at('3.70'));
});

test('backups are listed, filtered, sorted and paged', async () => {
  const set = await setUp();
  const { api, volume } = set;
  await make(set, { name: 'a' });
  await make(set, { name: 'b', incremental: true });
  const names = async (query: string) =>
    backupListSchema.parse((await api.get(`/backups${query}`)).body).backups.map(({ name }) => name);
  expect(await names('?sort=name:asc')).toEqual(['a', 'b']);
  expect(await names('')).toEqual(['b', 'a']);
  expect(await names(`?volume_id=${volume.id}&name=a`)).toEqual(['a']);
  expect(await names('?status=error')).toEqual([]);
  expect(await names('?name~=b')).toEqual(['b']);
  const page = await api.get('/backups/detail?limit=1&sort=name:asc&with_count=True');
  const { backups, backups_links: links, count } = backupDetailListSchema.parse(page.body);
  expect({ first: backups[0]?.name, count }).toEqual({ first: 'a', count: 2 });
  expect(links?.[0]?.href).toContain('/backups/detail?limit=1&sort=name%3Aasc');
  const next = await api.get(`/backups/detail?limit=1&sort=name:asc&marker=${backups[0]?.id}`);
  expect(backupDetailListSchema.parse(next.body).backups[0]).toMatchObject({
    name: 'b',
    is_incremental: true,
  });
  expect((await api.get('/backups?colour=red')).status).toBe(400);
  const filters = (await api.get('/resource_filters?resource=backup')).body;
  expect(filters).toMatchObject({ resource_filters: [{ resource: 'backup' }] });
});

test('a backup is changed, restored, reset and deleted', async () => {
  const set = await setUp();
  const { life, api, volume } = set;
  const id = await make(set);
  expect((await api.put(`/backups/${id}`, { backup: { name: 'n' } }, { version: '3.8' })).status).toBe(404);
  const changed = await api.put(`/backups/${id}`, { backup: { name: 'n', metadata: { x: 'y' } } });
  expect(changed.body).toMatchObject({ backup: { id, name: 'n' } });
  const restored = await api.post(`/backups/${id}/restore`, { restore: { name: 'back' } });
  expect(restored.status).toBe(202);
  const { restore } = restoreResponseSchema.parse(restored.body);
  expect(restore).toMatchObject({ backup_id: id, volume_name: 'back' });
  await life.idle();
  const made = await life.services.volumes.get(owner, restore.volume_id);
  expect(digestOf(life.fileOf(made))).toBe(digestOf(life.fileOf(volume)));
  const again = await api.post(`/backups/${id}/restore`, { restore: { volume_id: made.id } });
  expect(again.body).toEqual({ restore: { backup_id: id, volume_id: made.id, volume_name: 'back' } });
  await life.idle();
  const created = await api.post('/volumes', { volume: { backup_id: id, name: 'third', size: 2 } });
  expect(created.body).toMatchObject({ volume: { status: 'creating', name: 'third', size: 2 } });
  await life.idle();
  expect((await api.post('/volumes', { volume: { backup_id: id } }, { version: '3.46' })).status).toBe(400);
  expect((await api.post(`/backups/${id}/action`, { 'os-reset_status': { status: 'error' } })).status).toBe(
    202,
  );
  expect(faultOf(await api.post(`/backups/${id}/restore`, { restore: null })).message).toContain('is error');
  expect((await api.post(`/backups/${id}/action`, { 'os-force_delete': {} })).status).toBe(202);
  await life.idle();
  expect((await api.get(`/backups/${id}`)).status).toBe(404);
});

test('a record goes out and comes in, for administrators', async () => {
  const set = await setUp();
  const { life, api } = set;
  const id = await make(set, { name: 'b' });
  const member = { token: tokens.member };
  expect((await api.get(`/backups/${id}/export_record`, member)).status).toBe(403);
  const record = await api.get(`/backups/${id}/export_record`);
  expect(record).toMatchObject({ status: 200, body: { 'backup-record': { backup_service: 'scoria' } } });
  expect(faultOf(await api.post('/backups/import_record', record.body)).message).toContain(
    'on record already',
  );
  await life.deps.state.backups.remove(id);
  expect((await api.post('/backups/import_record', record.body, member)).status).toBe(403);
  const imported = await api.post('/backups/import_record', record.body);
  expect(imported).toMatchObject({ status: 201, body: { backup: { id, name: 'b' } } });
});

test('a verification is started, watched and forgotten, by administrators', async () => {
  const set = await setUp();
  const { api } = set;
  await make(set);
  const path = '/scoria/backups/verifications';
  expect((await api.post(path, { verification: {} }, { token: tokens.member })).status).toBe(403);
  const started = await api.post(path, { verification: {} });
  expect(started.status).toBe(202);
  const { id } = verificationResponseSchema.parse(started.body).verification;
  await eventually(async () => {
    const { verification } = verificationResponseSchema.parse((await api.get(`${path}/${id}`)).body);
    expect(verification).toMatchObject({ status: 'done', problems: [], backups: 1 });
  });
  expect((await api.delete(`${path}/${id}`)).status).toBe(202);
  expect((await api.get(`${path}/${id}`)).status).toBe(404);
  expect((await api.post(path, { verification: {} }, { project: null })).status).toBe(202);
});

test('quotas and limits count backups', async () => {
  const set = await setUp();
  const { api } = set;
  await make(set);
  expect((await api.get('/limits')).body).toMatchObject({
    limits: { absolute: { maxTotalBackups: -1, totalBackupsUsed: 1, totalBackupGigabytesUsed: 1 } },
  });
  expect((await api.get(`/os-quota-sets/${projectA}?usage=True`)).body).toMatchObject({
    quota_set: { backups: { limit: -1, in_use: 1 }, backup_gigabytes: { limit: -1, in_use: 1 } },
  });
});

test('bad requests are refused by name, and change nothing', async () => {
  const { api, life, volume } = await setUp();
  const create = (fields: Readonly<Record<string, unknown>>, version = '3.70') =>
    api.post('/backups', { backup: { volume_id: volume.id, ...fields } }, { version });
  const refusals: readonly [Promise<Parameters<typeof faultOf>[0]>, number, RegExp][] = [
    [api.post('/backups', {}), 400, /backup/],
    [create({ volume_id: undefined }), 400, /volume_id/],
    [create({ volume_id: 'x' }), 400, /UUID/],
    [create({ volume_id: unknownId }), 404, /could not be found/],
    [create({ snapshot_id: unknownId }), 404, /snapshot .* could not be found/],
    [create({ name: 'n'.repeat(256) }), 400, /backup\.name/],
    [create({ force: 'maybe' }), 400, /backup\.force/],
    [create({ incremental: [] }), 400, /backup\.incremental/],
    [create({ colour: 'red' }), 400, /'colour' was unexpected/],
    [create({ metadata: { k: 'v' } }, '3.42'), 400, /metadata/],
    [create({ availability_zone: 'nova' }, '3.50'), 400, /availability_zone/],
    [create({ availability_zone: 'elsewhere' }), 400, /elsewhere/],
    [create({ incremental: true }), 400, /make a full one first/],
    [create({ 'scoria:parent_id': unknownId }), 404, /could not be found/],
    [api.put(`/backups/${unknownId}`, { backup: {} }), 400, /at least one/],
    [api.put(`/backups/${unknownId}`, { backup: { name: 'n' } }), 404, /could not be found/],
    [api.post(`/backups/${unknownId}/restore`, { restore: { volume_id: 'x' } }), 400, /UUID/],
    [api.post(`/backups/${unknownId}/restore`, { restore: {} }), 404, /could not be found/],
    [api.post(`/backups/${unknownId}/action`, { 'os-reset_status': { status: 'creating' } }), 400, /status/],
    [api.post(`/backups/${unknownId}/action`, { nonsense: {} }), 400, /no such action/],
    [api.delete(`/backups/${unknownId}`), 404, /could not be found/],
    [api.get(`/backups/${unknownId}/export_record`), 404, /could not be found/],
    [api.post('/backups/import_record', { 'backup-record': {} }), 400, /backup_service/],
    [
      api.post('/backups/import_record', { 'backup-record': { backup_service: 'x', backup_url: 'e30=' } }),
      400,
      /cannot read/,
    ],
    [api.post('/scoria/backups/verifications', { verification: { backup_id: unknownId } }), 400, /volume_id/],
    [api.get(`/scoria/backups/verifications/${unknownId}`), 404, /restart forgets/],
  ];
  for (const [asked, status, says] of refusals) {
    const fault = faultOf(await asked);
    expect(fault).toMatchObject({ code: status, message: expect.stringMatching(says) });
  }
  expect((await life.services.backups.list(owner, { ...query, allProjects: false })).items).toEqual([]);
  expect(await life.services.volumes.get(owner, volume.id)).toMatchObject({ status: 'available' });
});

const query = {
  allProjects: true,
  limit: null,
  offset: 0,
  marker: null,
  sort: [],
  filters: {},
  likeFilters: {},
  metadata: {},
  timeFilters: [],
};

test('a backup of another project is not found, a reader only looks', async () => {
  const set = await setUp();
  const { api, volume } = set;
  const id = await make(set);
  const other = { token: tokens.other, project: null };
  expect((await api.get(`/backups/${id}`, other)).status).toBe(404);
  expect((await api.get('/backups', other)).body).toEqual({ backups: [] });
  expect((await api.delete(`/backups/${id}`, other)).status).toBe(404);
  expect((await api.post(`/backups/${id}/restore`, { restore: {} }, other)).status).toBe(404);
  expect((await api.post('/backups', { backup: { volume_id: volume.id } }, other)).status).toBe(404);
  const reader = { token: tokens.reader };
  expect((await api.get(`/backups/${id}`, reader)).status).toBe(200);
  expect((await api.delete(`/backups/${id}`, reader)).status).toBe(403);
  const reset = { 'os-reset_status': { status: 'error' } };
  expect((await api.post(`/backups/${id}/action`, reset, { token: tokens.member })).status).toBe(403);
});

test('without a repository a create says what to configure, and the list is empty', async () => {
  const life = await startLifecycle();
  const api = clientOf(await serveLifecycle(life));
  expect((await api.get('/backups/detail')).body).toEqual({ backups: [] });
  const refused = faultOf(await api.post('/backups', { backup: { volume_id: unknownId } }));
  expect(refused).toMatchObject({
    name: 'notImplemented',
    code: 501,
    message: expect.stringContaining('"backup"'),
  });
});

const run = promisify(execFile);
const noClients = ['/usr/bin/cinder', '/usr/bin/openstack'].filter((program) => !existsSync(program));
if (noClients.length > 0) console.warn(`SKIPPED: ${noClients.join(', ')} not installed`);

test.skipIf(noClients.length > 0)(
  'the cinder and openstack clients make, show, restore, export, import and delete backups',
  { timeout: 180_000 },
  async () => {
    const { life, served, volume } = await setUp();
    const client = async (program: string, version: string, ...args: string[]): Promise<string> => {
      const { stdout } = await run(program, [
        ...['--os-auth-type', 'admin_token', '--os-token', tokens.admin],
        ...['--os-endpoint', `${served.url}/v3/${projectA}`, '--os-volume-api-version', version],
        ...(program.endsWith('cinder') ? ['--os-project-id', projectA] : []),
        ...args,
      ]);
      return stdout;
    };
    const cinder = (...args: string[]) => client('/usr/bin/cinder', '3.70', ...args);
    const openstack = (...args: string[]) => client('/usr/bin/openstack', '3.65', ...args);
    const made = await cinder('backup-create', '--name', 'one', volume.id);
    const id = /\| id +\| ([0-9a-f-]{36}) /.exec(made)?.[1] ?? 'no id';
    await life.idle();
    await cinder('backup-create', '--name', 'two', '--incremental', volume.id);
    await life.idle();
    expect(await cinder('backup-list')).toMatch(/\| one .*\n.*\| two |\| two .*\n.*\| one /);
    expect(await cinder('backup-show', 'two')).toMatch(/\| is_incremental +\| True/);
    expect(await cinder('backup-restore', '--name', 'back', id)).toMatch(/\| volume_name +\| back/);
    await life.idle();
    expect(await cinder('list')).toMatch(/available \| back /);
    const shown = JSON.parse(await openstack('volume', 'backup', 'show', 'one', '-f', 'json'));
    expect(shown).toMatchObject({ id, name: 'one', status: 'available', size: 1 });
    await openstack('volume', 'backup', 'create', '--name', 'three', '--force', volume.id);
    await life.idle();
    await openstack('volume', 'backup', 'set', '--name', 'drei', 'three');
    const listed = JSON.parse(await openstack('volume', 'backup', 'list', '-f', 'json'));
    expect(listed).toMatchObject([{ Name: 'drei' }, { Name: 'two' }, { Name: 'one' }]);
    // By cinder: this openstackclient cannot show what a restore answers ("cannot unpack non-iterable VolumeBackupsRestore").
    expect(await cinder('backup-restore', '--volume', 'back', id)).toMatch(/\| volume_name +\| back/);
    await life.idle();
    const record = JSON.parse(await openstack('volume', 'backup', 'record', 'export', id, '-f', 'json'));
    await life.deps.state.backups.remove(id);
    const { backup_service: service = record['Backup Service'], backup_url: url = record['Metadata'] } =
      record;
    await openstack('volume', 'backup', 'record', 'import', service, url);
    expect(await cinder('backup-show', id)).toMatch(/\| status +\| available/);
    await cinder('backup-delete', 'one', 'two', 'drei');
    await life.idle();
    expect(JSON.parse(await openstack('volume', 'backup', 'list', '-f', 'json'))).toEqual([]);
  },
);
