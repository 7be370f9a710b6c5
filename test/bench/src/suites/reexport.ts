import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import {
  backendsUp,
  startScoria,
  startTgtd,
  temporaryDirectory,
  tgtBackend,
  waitFor,
} from '@scoria-test/support';
import { type Figure, figure, timed } from '../figure.ts';

const run = promisify(execFile);
const exports = 300;

/**
 * 300 attached volumes; tgtd is killed and started empty. Measured from the moment it answers until all targets are back,
 * noticing the restart included. The peer is one `tgt-admin -e` over the very same configuration files.
 */
export async function reexportFigures(): Promise<Figure[]> {
  await using directory = await temporaryDirectory();
  let tgtd = await startTgtd(directory.path);
  const backend = tgtBackend(directory.path, tgtd);
  const count = () => targets(tgtd.controlSocket);
  await using scoria = await startScoria({ directory: directory.path, backends: { files: backend } });
  const { client } = scoria;
  await backendsUp(client);
  await Promise.all(
    Array.from({ length: exports }, async (_, index) => {
      const volume = await client.createVolume({ size: 1, name: `x${index}` }, 50);
      const connector = {
        initiator: `iqn.1993-08.org.debian:01:h${index}`,
        host: `h${index}`,
        ip: '127.0.0.1',
      };
      const { attachment } = await client.ok('POST', '/attachments', {
        attachment: { volume_uuid: volume.id, connector },
      });
      await client.ok('POST', `/attachments/${attachment.id}/action`, { 'os-complete': {} });
    }),
  );
  if ((await count()) !== exports)
    throw new Error(`${await count()} of ${exports} targets exist before the kill`);

  await tgtd.stop();
  tgtd = await startTgtd(directory.path, { port: tgtd.port });
  const back = await timed(() =>
    waitFor('all exports to be back', async () => (await count()) === exports, {
      timeoutMs: 120_000,
      intervalMs: 10,
    }),
  );
  await scoria.stop();

  await tgtd.stop();
  tgtd = await startTgtd(directory.path, { port: tgtd.port });
  const conf = join(directory.path, 'tgt-admin.conf');
  await writeFile(conf, `include ${String(backend['volumes_dir'])}/*\n`);
  const peer = await timed(() =>
    run('tgt-admin', ['-e', '-c', conf], {
      env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', TGT_IPC_SOCKET: tgtd.controlSocket },
      maxBuffer: 64 * 2 ** 20,
    }),
  );
  const restored = await count();
  await tgtd.stop();
  if (restored !== exports)
    throw new Error(`the peer brought ${restored} of ${exports} back: not comparable`);
  return [
    figure(
      '300 exports back after kill -9 of tgtd',
      'ms',
      back,
      { better: 'lower', bound: 2000 },
      { name: 'tgt-admin -e', value: peer },
    ),
  ];
}

async function targets(controlSocket: string): Promise<number> {
  const { stdout } = await run('tgtadm', ['--lld', 'iscsi', '--op', 'show', '--mode', 'target'], {
    env: { PATH: '/usr/sbin:/usr/bin', TGT_IPC_SOCKET: controlSocket },
    maxBuffer: 64 * 2 ** 20,
  });
  return stdout.match(/^Target \d+:/gm)?.length ?? 0;
}
