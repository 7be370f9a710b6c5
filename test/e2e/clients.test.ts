import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { promisify } from 'node:util';
import { projectId, type Stage, startStage, tokens, waitFor } from '@scoria-test/support';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const run = promisify(execFile);
const missing = ['/usr/bin/cinder', '/usr/bin/openstack'].filter((program) => !existsSync(program));
if (missing.length > 0) console.warn(`skipped: the Python clients are not installed: ${missing.join(', ')}`);

describe.skipIf(missing.length > 0)('clients that are not ours', () => {
  let stage: Stage;

  beforeAll(async () => {
    stage = await startStage({ tcp: true });
  });
  afterAll(() => stage?.[Symbol.asyncDispose]());

  const endpoint = () => `${stage.scoria.origin}/v3/${projectId}`;

  /** Runs a client and parses nothing: what it prints is asserted on as a user would read it. */
  async function cinder(...argv: string[]): Promise<string> {
    const { stdout } = await run(
      '/usr/bin/cinder',
      [
        ...['--os-auth-type', 'admin_token', '--os-token', tokens.member, '--os-endpoint', endpoint()],
        ...['--os-project-id', projectId, ...argv],
      ],
      { env: { PATH: '/usr/bin:/bin', HOME: stage.directory } },
    );
    return stdout;
  }

  async function openstack(...argv: string[]): Promise<string> {
    const { stdout } = await run(
      '/usr/bin/openstack',
      [
        '--os-auth-type',
        'admin_token',
        '--os-token',
        tokens.member,
        '--os-endpoint',
        endpoint(),
        '--os-volume-api-version',
        '3',
        ...argv,
      ],
      { env: { PATH: '/usr/bin:/bin', HOME: stage.directory } },
    );
    return stdout;
  }

  it('lets python-cinderclient create, list, show, extend, snapshot and delete', async () => {
    const created = await cinder('create', '--name', 'from-cinder', '1');
    expect(created).toMatch(/\| name +\| from-cinder/);
    const id = /\| id +\| ([0-9a-f-]{36})/.exec(created)?.[1] ?? '';
    await stage.client.settled('volume', id);
    expect(await cinder('list')).toMatch(new RegExp(`${id} +\\| available +\\| from-cinder`));
    expect(await cinder('show', id)).toMatch(/\| size +\| 1 /);
    await cinder('extend', id, '2');
    await waitFor(
      'the new size',
      async () => (await stage.client.ok('GET', `/volumes/${id}`)).volume.size === 2,
    );
    const snapshot =
      /\| id +\| ([0-9a-f-]{36})/.exec(await cinder('snapshot-create', '--name', 'snap', id))?.[1] ?? '';
    await stage.client.settled('snapshot', snapshot);
    expect(await cinder('snapshot-list')).toMatch(new RegExp(`${snapshot}.* available`));
    await cinder('snapshot-delete', snapshot);
    await stage.client.gone('snapshot', snapshot);
    await cinder('delete', id);
    await stage.client.gone('volume', id);
    expect(await cinder('list')).not.toContain(id);
  });

  it('lets python-openstackclient create, list, show, extend, snapshot and delete', async () => {
    const created = JSON.parse(
      await openstack('volume', 'create', '--size', '1', 'from-openstack', '-f', 'json'),
    );
    expect(created).toMatchObject({ name: 'from-openstack', size: 1 });
    await stage.client.settled('volume', created.id);
    const listed = JSON.parse(await openstack('volume', 'list', '-f', 'json'));
    expect(listed).toEqual([expect.objectContaining({ ID: created.id, Status: 'available', Size: 1 })]);
    expect(JSON.parse(await openstack('volume', 'show', created.id, '-f', 'json'))).toMatchObject({
      id: created.id,
      status: 'available',
    });
    await openstack('volume', 'set', '--size', '3', created.id);
    await waitFor(
      'the new size',
      async () => (await stage.client.ok('GET', `/volumes/${created.id}`)).volume.size === 3,
    );
    const snapshot = JSON.parse(
      await openstack('volume', 'snapshot', 'create', '--volume', created.id, 'snap', '-f', 'json'),
    );
    await stage.client.settled('snapshot', snapshot.id);
    expect(
      JSON.parse(await openstack('volume', 'snapshot', 'show', snapshot.id, '-f', 'json')),
    ).toMatchObject({ status: 'available', volume_id: created.id });
    await openstack('volume', 'snapshot', 'delete', snapshot.id);
    await stage.client.gone('snapshot', snapshot.id);
    await openstack('volume', 'delete', created.id);
    await stage.client.gone('volume', created.id);
  });
});
