import { readdir, readFile, writeFile } from 'node:fs/promises';
import { run } from '@scoria/host-exec';
import { type AttachedDevice, OpenIscsiConnector } from '@scoria/initiator';
import { waitFor } from '@scoria-test/support';

/** How a host attaches. */
export interface InitiatorHostOptions {
  readonly multipathd?: boolean;
  /** Further lines of multipath's `defaults` (multipath.conf(5)). */
  readonly multipathDefaults?: readonly string[];
}

/** What a host that attaches needs: iscsid, and multipathd where maps are wanted. Ends them when it is disposed of. */
export async function startInitiator(options: InitiatorHostOptions = {}): Promise<AsyncDisposable> {
  await run('modprobe', ['-a', 'iscsi_tcp', 'dm_multipath', 'dm_service_time', 'loop']);
  await run('iscsid', [], { exitCodes: 'any' });
  await waitFor('iscsid', async () => {
    const { exitCode } = await run('iscsiadm', ['-m', 'session'], { exitCodes: 'any' });
    return exitCode === 0 || exitCode === 21;
  });
  if (options.multipathd === true) {
    const lines = [
      'find_multipaths strict',
      'user_friendly_names no',
      'polling_interval 2',
      ...(options.multipathDefaults ?? []),
    ];
    const blacklist = 'blacklist {\n  devnode "^(vd|ubd|loop|ram|sr)"\n}\n';
    await writeFile('/etc/multipath.conf', `defaults {\n  ${lines.join('\n  ')}\n}\n${blacklist}`);
    await run('multipathd', [], { exitCodes: 'any' });
    await waitFor('multipathd', async () => {
      const { stdout } = await run('multipathd', ['show', 'daemon'], { exitCodes: 'any' });
      return /^pid \d+ (running|idle)/.test(stdout);
    });
  }
  return {
    [Symbol.asyncDispose]: async () => {
      if (options.multipathd === true) {
        await run('multipathd', ['shutdown'], { exitCodes: 'any' });
        await waitFor('the end of multipathd', async () => !(await runs('multipathd')));
      }
      await run('iscsiadm', ['-k', '0'], { exitCodes: 'any' });
      await waitFor('the end of iscsid', async () => !(await runs('iscsid')));
    },
  };
}

/** Everything that attaching leaves on a host until it is detached; each entry says what it is. */
export async function attachedHere(): Promise<string[]> {
  const list = async (kind: string, folder: string, pattern: RegExp) =>
    (await readdir(folder).catch(() => []))
      .filter((name) => pattern.test(name))
      .map((name) => `${kind} ${name}`);
  const wwids = await readFile('/etc/multipath/wwids', 'utf8').catch(() => '');
  return [
    ...(await list('session', '/sys/class/iscsi_session', /./)),
    ...(await list('node', '/etc/iscsi/nodes', /./)),
    ...(await list('disk', '/sys/block', /^sd/)),
    ...(await list('disk node', '/dev', /^sd/)),
    ...(await list('map', '/sys/block', /^dm-/)),
    ...(await list('map node', '/dev/mapper', /^(?!control$)/)),
    ...(await list('record', '/run/scoria/open-iscsi', /./)),
    ...wwids
      .split('\n')
      .filter((line) => /^\//.test(line))
      .map((line) => `WWID ${line}`),
    ...(await leftRunning()).map((name) => `process ${name}`),
  ];
}

/** Waits until nothing of an attachment is on this host; shows what there is when it stays. */
export async function expectNothingAttached(): Promise<void> {
  let left: string[] = [];
  await waitFor('a host without attachments', async () => {
    left = await attachedHere();
    return left.length === 0;
  }).catch(() => {
    throw new Error(`left on this host: ${left.join(', ')}`);
  });
}

/** Takes away what a test that failed has left attached, by force. */
export async function detachEverything(): Promise<void> {
  const initiator = new OpenIscsiConnector();
  for (const { handle, device } of await initiator.listAttached()) {
    const remains: AttachedDevice = device ?? {
      connector: initiator.name,
      handle,
      path: '/dev/null',
      type: 'block',
      identity: { type: 'serial', serial: '-' },
      size: 0,
      readOnly: false,
      discard: false,
    };
    await initiator.disconnect(remains, { force: true }).catch((error) => console.log(`left: ${error}`));
  }
}

/** Says what the kernel and its tools show; for a test that fails. */
export async function describeHost(): Promise<string> {
  const shown: string[] = [];
  const commands: [string, string[]][] = [
    ['iscsiadm', ['-m', 'session', '-P', '3']],
    ['lsscsi', ['-i']],
    ['multipath', ['-ll', '-v2']],
    ['multipathd', ['show', 'paths', 'format', '%d %w %m %t %o %T']],
    ['find', ['/etc/iscsi/nodes', '/run/scoria/open-iscsi']],
  ];
  for (const [program, args] of commands) {
    const { stdout, stderr } = await run(program, args, { exitCodes: 'any', deadlineMs: 60_000 });
    shown.push(`$ ${[program, ...args].join(' ')}\n${stdout}${stderr}`);
  }
  return shown.join('\n');
}

async function leftRunning(): Promise<string[]> {
  const names = ['iscsiadm', 'multipath', 'tee', 'blockdev', 'qemu-storage-da'];
  const found: string[] = [];
  for (const name of names) if (await runs(name)) found.push(name);
  return found;
}

async function runs(name: string): Promise<boolean> {
  return (await run('pgrep', ['-x', name], { exitCodes: [0, 1] })).exitCode === 0;
}
