import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { promisify } from 'node:util';
import {
  processesMatching,
  projectId,
  type Stage,
  scoriaProgram,
  startStage,
  waitFor,
} from '@scoria-test/support';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const missing = ['/usr/bin/qemu-storage-daemon', '/dev/fuse', '/dev/loop-control'].filter(
  (path) => !existsSync(path),
);
if (missing.length > 0) console.warn(`skipped: no userland initiator without ${missing.join(', ')}`);

describe.skipIf(missing.length > 0)('a detach whose second half failed', () => {
  let stage: Stage;

  beforeAll(async () => {
    stage = await startStage();
  });
  afterAll(() => stage?.[Symbol.asyncDispose]());

  const cli = (...argv: string[]) =>
    promisify(execFile)(process.execPath, [
      scoriaProgram,
      '--socket',
      stage.scoria.socketPath,
      '--project',
      projectId,
      '--json',
      ...argv,
    ]);

  /** Attaches to this host, and has the service refuse its half of a detach because the device is still in use. */
  async function halfDetached(name: string): Promise<string> {
    const volume = await stage.client.createVolume({ size: 1, name });
    await cli('volume', 'attach', name, '--initiator', 'userland');
    const [{ id }] = (await stage.client.ok('GET', `/attachments?volume_id=${volume.id}`)).attachments;
    const refused = await stage.client.call('DELETE', `/attachments/${id}`);
    expect(refused.status).toBe(409);
    expect((await stage.client.ok('GET', `/attachments/${id}`)).attachment.status).toBe('error_detaching');
    return volume.id;
  }

  it('is finished by the command, device first', async () => {
    const id = await halfDetached('held');
    await cli('volume', 'detach', 'held');
    expect((await stage.client.settled('volume', id)).status).toBe('available');
    await cli('volume', 'delete', 'held');
  });

  it('is finished by the command when the device has gone meanwhile', async () => {
    const id = await halfDetached('gone');
    for (const { pid, command } of await processesMatching(id))
      if (command.startsWith('qemu-storage-daemon')) process.kill(pid, 'SIGKILL');
    await waitFor('the daemon to be gone', async () =>
      (await processesMatching(id)).every(({ command }) => !command.startsWith('qemu-storage-daemon')),
    );
    await cli('attachment', 'clean');
    await cli('volume', 'detach', 'gone');
    expect((await stage.client.settled('volume', id)).status).toBe('available');
    await cli('volume', 'delete', 'gone');
  });
});
