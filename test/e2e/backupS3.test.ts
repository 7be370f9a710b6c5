import { execFile } from 'node:child_process';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import {
  type BlockStorageClient,
  startStage,
  startSwift,
  swiftMissing,
  temporaryDirectory,
  waitFor,
} from '@scoria-test/support';
import { expect, it } from 'vitest';

const run = promisify(execFile);
const missing = await swiftMissing();
if (missing !== undefined) console.warn(`SKIPPED backups in a bucket: ${missing}`);

/** A bucket of a server that is not ours, credentials from a file: by the built service, as an operator has it. */
it.skipIf(missing !== undefined)(
  'backs a volume up into a bucket and restores it to another volume',
  async () => {
    await using directory = await temporaryDirectory();
    const swift = await startSwift(directory.path);
    try {
      await swift.createBucket('backups');
      const credentials = join(directory.path, 'credentials');
      await writeFile(
        credentials,
        `[default]\naws_access_key_id = ${swift.accessKeyId}\naws_secret_access_key = ${swift.secretAccessKey}\n`,
        { mode: 0o600 },
      );
      const backup = {
        type: 's3',
        endpoint: swift.endpoint,
        region: swift.region,
        bucket: 'backups',
        credentials_file: credentials,
      };
      await using stage = await startStage({ settings: { backup } });
      const { client } = stage;
      const source = await client.createVolume({ size: 1, name: 'source' });
      const content = Buffer.alloc(3 * 2 ** 20, 'what a volume holds, ');
      await writeFile(await fileOf(stage.directory, source.id), content, { flag: 'r+' });

      const { backup: made } = await client.ok('POST', '/backups', {
        backup: { volume_id: source.id, name: 'in a bucket' },
      });
      await backupSettled(client, made.id);
      expect((await swift.names('backups')).filter((name) => name.startsWith('scoria/volumes/'))).not.toEqual(
        [],
      );

      const target = await client.createVolume({ size: 1, name: 'target' });
      await client.ok('POST', `/backups/${made.id}/restore`, { restore: { volume_id: target.id } });
      await backupSettled(client, made.id);
      await waitFor('the volume to be restored', async () => {
        const { volume } = await client.ok('GET', `/volumes/${target.id}`);
        if (volume.status.startsWith('error')) throw new Error(volume.status);
        return volume.status === 'available';
      });
      // Byte for byte, holes included.
      await run('cmp', [await fileOf(stage.directory, source.id), await fileOf(stage.directory, target.id)]);

      await client.ok('DELETE', `/backups/${made.id}`);
      await waitFor('the backup to be gone', async () => {
        return (await client.call('GET', `/backups/${made.id}`)).status === 404;
      });
      expect((await swift.names('backups')).filter((name) => name.includes('/packs/'))).toEqual([]);

      expect(stage.scoria.process.output()).not.toContain(swift.secretAccessKey);
      for (const path of await filesBelow(join(stage.directory, 'state')))
        expect((await readFile(path)).includes(swift.secretAccessKey), path).toBe(false);
    } finally {
      await swift.stop();
    }
  },
);

async function backupSettled(client: BlockStorageClient, id: string): Promise<void> {
  await waitFor('the backup to be available', async () => {
    const { backup } = await client.ok('GET', `/backups/${id}`);
    if (backup.status.startsWith('error')) throw new Error(`${backup.status}: ${backup.fail_reason}`);
    return backup.status === 'available';
  });
}

async function fileOf(directory: string, id: string): Promise<string> {
  const found = (await filesBelow(join(directory, 'volumes'))).find((path) => path.includes(id));
  if (found === undefined) throw new Error(`no file of volume ${id}`);
  return found;
}

async function filesBelow(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}
