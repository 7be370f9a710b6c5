import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { run } from './run.ts';
import type { Stage } from './stage.ts';
import { step } from './step.ts';
import { copySources, differences, sourceDigests, type TreeDigests, treeDigests } from './tree.ts';

const gib = 2 ** 30;

/** Create, attach, write, snapshot, damage, clone, compare, extend, delete. */
export async function volumeLife(stage: Stage): Promise<void> {
  const { mountpoint, root, scoria } = stage;
  await step('start tgtd, private to this run, on a loopback port', stage.startTgtd);
  await step('start scoria serve with examples/quickstart.yaml', stage.startService);
  await step('the backend is up: its driver process has answered', () => backendUp(stage));

  const volume = await step('create a volume of 1 GiB', () =>
    scoria('volume', 'create', 'quickstart', '--size', '1'),
  );
  const volumeId = idOf(volume);
  let expected: TreeDigests = new Map();
  await attached(stage, volumeId, 'attach it with CHAP; its serial is proven before use', async (device) => {
    await step('make an ext4 file system on it', () => run('mkfs.ext4', ['-q', '-F', device]));
    await mounted(stage, device, async () => {
      await step("copy this repository's sources onto it", async () => {
        await copySources(root, mountpoint);
        expected = await sourceDigests(root);
      });
    });
  });
  const snapshot = await step('take a snapshot', () => scoria('snapshot', 'create', volumeId, 'before'));
  const snapshotId = idOf(snapshot);
  await attached(stage, volumeId, 'attach the volume again', async (device) => {
    await mounted(stage, device, async () => {
      await step('delete every file on it', async () => {
        for (const name of await readdir(mountpoint)) await rm(join(mountpoint, name), { recursive: true });
        await run('sync', ['-f', mountpoint]);
      });
    });
  });
  const clone = await step('clone a volume from the snapshot', () =>
    scoria('volume', 'create', 'clone', '--snapshot', snapshotId),
  );
  const cloneId = idOf(clone);
  await attached(stage, cloneId, 'attach the clone', async (device) => {
    await mounted(stage, device, async () => {
      await step(`compare the checksums of all ${expected.size} files`, async () => {
        const differing = differences(expected, await treeDigests(mountpoint));
        if (differing.length > 0)
          throw new Error(`${differing.length} files differ: ${differing.slice(0, 5).join(', ')}`);
      });
    });
    await step('extend the clone to 2 GiB while it is attached', async () => {
      await scoria('volume', 'extend', cloneId, '2');
      const size = Number(await run('blockdev', ['--getsize64', device]));
      if (size !== 2 * gib) throw new Error(`${device} shows ${size} bytes, not ${2 * gib}`);
    });
  });
  await step('delete the clone, the snapshot and the volume', async () => {
    await scoria('volume', 'delete', cloneId);
    await scoria('snapshot', 'delete', snapshotId);
    await scoria('volume', 'delete', volumeId);
  });
  await step('no record, no target, no account, no volume file is left', () => backendEmpty(stage));
}

async function backendUp(stage: Stage): Promise<void> {
  for (let tries = 0; ; tries += 1) {
    const answer = await stage.scoria('backend', 'list');
    const backends = listOf(answer);
    if (backends.length > 0 && backends.every((each) => each['state'] === 'up')) return;
    if (tries > 40) throw new Error(`the backend is not up: ${JSON.stringify(backends)}`);
    await sleep(100);
  }
}

/** Attaches, runs `work` with the device, detaches. */
async function attached(
  stage: Stage,
  volumeId: string,
  what: string,
  work: (device: string) => Promise<void>,
): Promise<void> {
  const answer = await step(what, () => stage.scoria('volume', 'attach', volumeId));
  const detach = () => stage.scoria('volume', 'detach', volumeId);
  stage.undo.push({
    what: `detach ${volumeId}`,
    run: () => stage.scoria('volume', 'detach', volumeId, '--force'),
  });
  const { device } = answer;
  if (typeof device !== 'string')
    throw new Error(`volume attach answered no device: ${JSON.stringify(answer)}`);
  await work(device);
  await step('detach', detach);
  stage.undo.pop();
}

/** Mounts the device, runs `work`, unmounts. */
async function mounted(
  { mountpoint, undo }: Stage,
  device: string,
  work: () => Promise<void>,
): Promise<void> {
  await run('mount', [device, mountpoint]);
  const unmount = () => run('umount', [mountpoint]);
  undo.push({ what: `unmount ${mountpoint}`, run: unmount });
  await work();
  await unmount();
  undo.pop();
}

async function backendEmpty(stage: Stage): Promise<void> {
  const found: string[] = [];
  for (const noun of ['volume', 'snapshot', 'attachment']) {
    const left = listOf(await stage.scoria(noun, 'list'));
    if (left.length > 0) found.push(`${left.length} ${noun} records`);
  }
  const env = { TGT_IPC_SOCKET: stage.tgtSocket };
  const targets = await run('tgtadm', ['--lld', 'iscsi', '--op', 'show', '--mode', 'target'], env);
  if (targets.trim() !== '') found.push(`targets:\n${targets}`);
  for (const folder of ['volumes', 'targets']) {
    const path = join(stage.directory, folder);
    const names = await readdir(path, { recursive: true });
    for (const name of names)
      if ((await stat(join(path, name))).isFile()) found.push(`file ${folder}/${name}`);
  }
  if (found.length > 0) throw new Error(`left: ${found.join('; ')}`);
}

function idOf(object: Record<string, unknown>): string {
  const { id } = object;
  if (typeof id !== 'string') throw new Error(`no id in ${JSON.stringify(object)}`);
  return id;
}

function listOf(answer: unknown): Record<string, unknown>[] {
  if (Array.isArray(answer)) return answer as Record<string, unknown>[];
  throw new Error(`no list: ${JSON.stringify(answer)}`);
}
