import { execFile } from 'node:child_process';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Json, type Stage, startStage, waitFor } from '@scoria-test/support';
import { afterAll, beforeAll, expect, it } from 'vitest';

let stage: Stage;

beforeAll(async () => {
  stage = await startStage({ settings: { log_level: 'trace' } });
});
afterAll(() => stage?.[Symbol.asyncDispose]());

const connector = { initiator: 'iqn.1993-08.org.debian:01:canary', host: 'canary', ip: '127.0.0.1' };

/** Places where any of `secrets` stands in an argv or environment of any process. */
async function leaksInProcesses(secrets: readonly string[]): Promise<string[]> {
  const leaks: string[] = [];
  for (const entry of await readdir('/proc')) {
    if (!/^\d+$/.test(entry) || Number(entry) === process.pid) continue;
    for (const file of ['cmdline', 'environ']) {
      const text = await readFile(`/proc/${entry}/${file}`, 'utf8').catch(() => '');
      if (secrets.some((secret) => text.includes(secret))) leaks.push(`/proc/${entry}/${file}`);
    }
  }
  return leaks;
}

/** Files below `path` that hold any of `secrets` and that others than their owner may read. */
async function leaksInFiles(
  path: string,
  secrets: readonly string[],
  found: { open: string[]; private: string[] },
): Promise<void> {
  for (const entry of await readdir(path, { withFileTypes: true })) {
    const child = join(path, entry.name);
    if (entry.isDirectory()) await leaksInFiles(child, secrets, found);
    if (!entry.isFile()) continue;
    const { size, mode } = await stat(child);
    // Volume images are sparse gigabytes and hold tenants' data, not ours.
    if (size > 64 * 2 ** 20) continue;
    const text = await readFile(child, 'latin1');
    if (secrets.some((secret) => text.includes(secret)))
      (mode & 0o077 ? found.open : found.private).push(child);
  }
}

/** What tgtd says it exports. */
async function exportedTargets(controlSocket: string): Promise<string> {
  const argv = ['--lld', 'iscsi', '--op', 'show', '--mode', 'target'];
  const env = { PATH: '/usr/sbin:/usr/bin', TGT_IPC_SOCKET: controlSocket };
  return (await promisify(execFile)('tgtadm', argv, { env })).stdout;
}

it('keeps CHAP secrets out of logs, errors, argv, environments and readable files', async () => {
  const { client } = stage;
  const volume = await client.createVolume({ size: 1, name: 'canary' });
  const watch = { stop: false, leaks: [] as string[] };
  const secrets: string[] = [];
  const attached: Json[] = [];
  const watcher = (async () => {
    while (!watch.stop) {
      if (secrets.length > 0) watch.leaks.push(...(await leaksInProcesses(secrets)));
      await new Promise((resolve) => setImmediate(resolve));
    }
  })();

  for (let round = 0; round < 3; round += 1) {
    const { attachment } = await client.ok('POST', '/attachments', {
      attachment: { volume_uuid: volume.id, connector },
    });
    secrets.push(attachment.connection_info.auth_password);
    attached.push(attachment);
    expect(attachment.connection_info.auth_password.length).toBeGreaterThanOrEqual(12);
    if (round === 1) {
      // An export that is brought back uses the stored credentials: another path on which they travel.
      await stage.killTgtd({ start: true });
      await waitFor('the export to be back', async () =>
        (await exportedTargets(stage.tgtd.controlSocket)).includes(volume.id),
      );
    }
    await client.call('DELETE', `/attachments/${attachment.id}`);
    await client.settled('volume', volume.id);
  }
  // Errors: a detach of the unknown, a connector that is none, a daemon that is gone.
  const refused = [
    await client.call('POST', '/attachments', {
      attachment: { volume_uuid: volume.id, connector: { initiator: '' } },
    }),
    await client.call('DELETE', `/attachments/${volume.id}`),
  ];
  await stage.killTgtd();
  refused.push(
    await client.call('POST', '/attachments', { attachment: { volume_uuid: volume.id, connector } }),
  );
  for (const answer of refused) {
    expect(answer.status).toBeGreaterThanOrEqual(400);
    for (const secret of secrets) expect(JSON.stringify(answer.body)).not.toContain(secret);
  }
  watch.stop = true;
  await watcher;

  expect(new Set(watch.leaks)).toEqual(new Set());
  for (const secret of secrets) expect(stage.scoria.process.output()).not.toContain(secret);
  const found = { open: [] as string[], private: [] as string[] };
  await leaksInFiles(stage.directory, secrets, found);
  expect(found.open).toEqual([]);
});
