import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { projectA, type Served, serve, tokens } from '../fixtures/memory/serve.ts';

const run = promisify(execFile);
const programs = { cinder: '/usr/bin/cinder', openstack: '/usr/bin/openstack' };

function missing(program: string): boolean {
  const absent = !existsSync(program);
  if (absent)
    console.warn(
      `SKIPPED: ${program} is not installed (apt install python3-cinderclient python3-openstackclient)`,
    );
  return absent;
}

let served: Served;
beforeAll(async () => {
  served = await serve();
});
afterAll(() => served[Symbol.asyncDispose]());

/** Runs a client with the static token of the administrator; no identity service is involved. */
async function client(program: string, args: readonly string[], version = '3.70'): Promise<string> {
  const { stdout } = await run(program, [
    ...['--os-auth-type', 'admin_token', '--os-token', tokens.admin],
    ...['--os-endpoint', `${served.url}/v3/${projectA}`, '--os-volume-api-version', version],
    ...(program === programs.cinder ? ['--os-project-id', projectA] : []),
    ...args,
  ]);
  return stdout;
}

describe.skipIf(missing(programs.cinder))('the cinder client', { timeout: 180_000 }, () => {
  const cinder = (...args: string[]) => client(programs.cinder, args);
  const idIn = (table: string) => /\| id +\| ([0-9a-f-]{36}) /.exec(table)?.[1] ?? 'no id';

  it('creates, lists, shows, extends, snapshots, clones and deletes volumes', async () => {
    const id = idIn(await cinder('create', '--name', 'vol', '--metadata', 'k=v', '--', '1'));
    expect(await cinder('list')).toMatch(new RegExp(`${id} \\| available \\| vol  \\| 1 `));
    await cinder('extend', 'vol', '2');
    expect(await cinder('show', 'vol')).toMatch(/\| size +\| 2 /);
    const snapshot = idIn(await cinder('snapshot-create', '--name', 'snap', 'vol'));
    expect(await cinder('snapshot-list')).toContain(snapshot);
    const fromSnapshot = await cinder('create', '--snapshot-id', snapshot, '--name', 'restored');
    expect(fromSnapshot).toMatch(/\| size +\| 2 /);
    expect(await cinder('create', '--source-volid', id, '--name', 'clone')).toContain(id);
    await cinder('snapshot-delete', 'snap');
    await cinder('delete', 'vol', 'restored', 'clone');
    expect(served.store.volumes.size).toBe(0);
    expect(served.store.snapshots.size).toBe(0);
  });

  it('attaches and detaches', async () => {
    const id = idIn(await cinder('create', '--name', 'vol', '1'));
    const server = '11111111-2222-4333-8444-555555555555';
    const created = await cinder(
      'attachment-create',
      ...['--connect', 'True', '--initiator', 'iqn.1993-08.org.debian:01:abc', '--ip', '192.0.2.1'],
      ...['--host', 'h1', '--platform', 'x86_64', '--ostype', 'linux', '--multipath', 'False'],
      ...['--mountpoint', '/dev/vdb', id, server],
    );
    expect(created).toMatch(new RegExp(`target_iqn +\\| iqn.2010-10.org.openstack:volume-${id}`));
    const attachment = idIn(created);
    await cinder('attachment-complete', attachment);
    expect(await cinder('list')).toMatch(new RegExp(`${id} \\| in-use .*${server}`));
    await cinder('attachment-delete', attachment);
    await cinder('delete', 'vol');
    expect(served.store.attachments.size).toBe(0);
  });

  it.each([
    ['type-list', /__DEFAULT__/],
    ['type-default', /__DEFAULT__/],
    ['get-pools', /host1@memory#pool1/],
    ['service-list', /scoria-volume .* host1@memory/],
    ['absolute-limits', /maxTotalVolumes/],
    ['availability-zone-list', /nova .* available/],
    ['list-extensions', /scheduler-stats/],
    ['message-list', /User Message/],
    ['backup-list', /Volume ID/],
    ['version-list', /3\.70/],
    ['summary', /total_count/],
  ])('%s', async (command, expected) => {
    expect(await cinder(command)).toMatch(expected);
  });

  it('creates from an image, uploads, and changes what is known of the image', async () => {
    const image = '11111111-2222-4333-8444-555555555555';
    const id = idIn(await cinder('create', '--image-id', image, '--name', 'boot', '1'));
    expect(await cinder('show', id)).toMatch(new RegExp(`'?image_id'?\\W+${image}`));
    await cinder('image-metadata', id, 'set', 'os_distro=debian');
    expect(await cinder('image-metadata-show', id)).toMatch(/os_distro\s+\| debian/);
    await cinder('image-metadata', id, 'unset', 'os_distro');
    expect(await cinder('image-metadata-show', id)).not.toContain('os_distro');
    const uploaded = await cinder('upload-to-image', '--disk-format', 'qcow2', id, 'uploaded');
    expect(uploaded).toMatch(/\| image_name +\| uploaded/);
    expect(uploaded).toMatch(/\| status +\| uploading/);
    await cinder('reset-state', '--state', 'available', id);
    await cinder('delete', id);
  });

  it('shows why a request is refused', async () => {
    await expect(cinder('create', '0')).rejects.toMatchObject({
      stderr: expect.stringMatching(/volume\.size\. Value: 0\. must be at least 1\. \(HTTP 400\)/),
    });
  });
});

describe.skipIf(missing(programs.openstack))('the openstack client', { timeout: 180_000 }, () => {
  const openstack = async (...args: string[]) => client(programs.openstack, args, '3.65');
  const json = async (...args: string[]): Promise<unknown> =>
    JSON.parse(await openstack(...args, '-f', 'json'));

  it('creates, lists, shows, extends, snapshots and deletes volumes', async () => {
    expect(await json('volume', 'create', '--size', '1', '--property', 'a=b', 'vol')).toMatchObject({
      name: 'vol',
      size: 1,
      properties: { a: 'b' },
    });
    expect(await json('volume', 'list')).toMatchObject([{ Name: 'vol', Status: 'available', Size: 1 }]);
    await openstack('volume', 'set', '--size', '3', 'vol');
    expect(await json('volume', 'show', 'vol')).toMatchObject({ size: 3, type: '__DEFAULT__' });
    await openstack('volume', 'snapshot', 'create', '--volume', 'vol', 'snap');
    expect(await json('volume', 'snapshot', 'list')).toMatchObject([{ Name: 'snap', Size: 3 }]);
    await openstack('volume', 'snapshot', 'delete', 'snap');
    await openstack('volume', 'delete', 'vol');
    expect(served.store.volumes.size).toBe(0);
  });

  it.each([
    ['volume type list', [{ Name: '__DEFAULT__' }]],
    ['volume service list', [{ State: 'up' }, { State: 'up' }, { State: 'down' }]],
    ['volume backup list', []],
    ['volume qos list', []],
    ['volume transfer request list', []],
    ['consistency group list', []],
    ['availability zone list --volume', [{ 'Zone Name': 'nova' }]],
  ])('%s', async (command, expected) => {
    expect(await json(...command.split(' '))).toMatchObject(expected);
  });
});
