import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, readdir, readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { BlockStorageClient, residentBytes, temporaryDirectory, waitFor } from '@scoria-test/support';

/** Debian packages that the peer is made of. */
export const cinderPackages = [
  'cinder-api',
  'cinder-scheduler',
  'cinder-volume',
  'rabbitmq-server',
  'mariadb-server',
];

const programs = [
  '/usr/bin/cinder-api',
  '/usr/bin/cinder-volume',
  '/usr/sbin/rabbitmq-server',
  '/usr/sbin/mariadbd',
  '/usr/sbin/tgtd',
];
const project = '11111111111111111111111111111111';

/** Debian's Cinder, running beside Scoria on the same machine. */
export interface CinderPeer extends AsyncDisposable {
  readonly client: BlockStorageClient;
  /** From the start of its three services to the first volume service reported up. */
  readonly startMs: number;
  /** Resident memory of its services, in bytes, and how many processes they are. */
  memory(): Promise<{ readonly bytes: number; readonly processes: number }>;
}

/** Why the peer cannot be run here, or undefined when it can. */
export async function cinderMissing(): Promise<string | undefined> {
  const missing: string[] = [];
  for (const program of programs) await access(program).catch(() => missing.push(program));
  if (process.getuid?.() !== 0) return 'not root';
  return missing.length === 0 ? undefined : `not installed: ${missing.join(', ')}`;
}

/** Starts Cinder and waits until it serves. */
export async function startCinder(): Promise<CinderPeer> {
  const directory = await temporaryDirectory('cinder-peer-', '/var/tmp');
  const apiPort = 20_000 + (process.pid % 1_000) * 10;
  const script = resolve(import.meta.dirname, '../../peers/cinder/start.sh');
  const child = spawn(
    'unshare',
    ['--mount', '--propagation', 'private', script, directory.path, String(apiPort), String(apiPort + 5)],
    { detached: true, stdio: ['pipe', 'pipe', 'inherit'] },
  );
  const exited = once(child, 'exit');
  for await (const line of createInterface({ input: child.stdout })) if (line === 'services started') break;
  if (child.exitCode !== null) throw new Error(`the Cinder peer ended early; see ${directory.path}/log`);
  const started = performance.now();
  const client = new BlockStorageClient({
    origin: `http://127.0.0.1:${apiPort}`,
    prefix: `/v3/${project}`,
    headers: { 'x-auth-token': `admin:${project}` },
  });
  await waitFor(
    'Cinder to serve',
    async () => {
      const answer = await client.call('GET', '/os-services').catch(() => undefined);
      const services: { binary: string; state: string }[] = answer?.body?.services ?? [];
      return ['cinder-volume', 'cinder-scheduler'].every((name) =>
        services.some((each) => each.binary === name && each.state === 'up'),
      );
    },
    { timeoutMs: 60_000, intervalMs: 50 },
  );
  const startMs = performance.now() - started;
  return {
    client,
    startMs,
    memory: () => memoryBelow(directory.path),
    async [Symbol.asyncDispose]() {
      await client.close();
      child.stdin.end();
      await exited;
      await directory[Symbol.asyncDispose]();
    },
  };
}

async function memoryBelow(directory: string): Promise<{ bytes: number; processes: number }> {
  let bytes = 0;
  let processes = 0;
  for (const entry of await readdir('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    const command = await readFile(`/proc/${entry}/cmdline`, 'utf8').catch(() => '');
    if (!command.includes(`${directory}/cinder.conf`) && !command.includes('--config-file\0cinder.conf'))
      continue;
    if (!command.includes('python3')) continue;
    bytes += await residentBytes(Number(entry)).catch(() => 0);
    processes += 1;
  }
  return { bytes, processes };
}
