import { randomBytes } from 'node:crypto';
import { access, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type RunningProcess, startProcess } from '../process.ts';
import { waitFor } from '../waitFor.ts';

/** Debian's own interpreter: the one that sees Debian's Swift. */
const python = '/usr/bin/python3';

/** An OpenStack Swift of our own, which speaks S3 on loopback. */
export interface Swift {
  readonly process: RunningProcess;
  /** `http://127.0.0.1:port`. */
  readonly endpoint: string;
  readonly region: 'us-east-1';
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Where its objects lie, as `*.data` files. */
  readonly devicePath: string;
  /** Makes a bucket. */
  createBucket(name: string): Promise<void>;
  /** From now on the bucket takes no object that would make it larger. */
  setQuota(bucket: string, bytes: number): Promise<void>;
  /** Names in a container: a bucket, or `bucket+segments`, where the parts of unfinished and finished uploads are. */
  names(container: string): Promise<string[]>;
  stop(): Promise<void>;
}

/** Why Swift cannot run here, or undefined when it can. */
export async function swiftMissing(): Promise<string | undefined> {
  const installed = await access('/usr/lib/python3/dist-packages/swift/proxy/server.py').then(
    () => true,
    () => false,
  );
  return installed ? undefined : 'python3-swift is not installed';
}

/** Starts Swift and waits until it serves. `directory` must be on a file system that knows user attributes (ext4, XFS, btrfs). */
export async function startSwift(directory: string): Promise<Swift> {
  const home = join(directory, 'swift');
  const secretAccessKey = randomBytes(16).toString('hex');
  await mkdir(home, { recursive: true, mode: 0o700 });
  await writeFile(
    join(home, 'users.json'),
    JSON.stringify([
      { account: 'test', user: 'backup', key: secretAccessKey, groups: '.admin .reseller_admin' },
    ]),
    { mode: 0o600 },
  );
  const running = startProcess(python, [join(import.meta.dirname, 'serve.py'), home], {
    env: { PATH: '/usr/bin:/bin', PYTHONDONTWRITEBYTECODE: '1' },
  });
  try {
    const port = await waitFor('swift to serve', () => {
      if (running.child.exitCode !== null) throw new Error(`swift ended:\n${running.output()}`);
      return /^port (\d+)$/m.exec(running.output())?.[1];
    });
    const endpoint = `http://127.0.0.1:${port}`;
    const native = await nativeApi(endpoint, secretAccessKey);
    return {
      process: running,
      endpoint,
      region: 'us-east-1',
      accessKeyId: 'test:backup',
      secretAccessKey,
      devicePath: join(home, 'device'),
      createBucket: async (name) => void (await native('PUT', name)),
      setQuota: async (bucket, bytes) =>
        void (await native('POST', bucket, { 'x-container-meta-quota-bytes': String(bytes) })),
      names: async (container) => (await native('GET', container)).split('\n').filter((name) => name !== ''),
      stop: () => running.stop('SIGKILL'),
    };
  } catch (error) {
    await running.stop('SIGKILL');
    throw error;
  }
}

/** Swift's own API, for what S3 has no word for. */
async function nativeApi(
  endpoint: string,
  key: string,
): Promise<(method: string, container: string, headers?: Record<string, string>) => Promise<string>> {
  const login = await fetch(`${endpoint}/auth/v1.0`, {
    headers: { 'x-auth-user': 'test:backup', 'x-auth-key': key },
  });
  const token = login.headers.get('x-auth-token');
  if (token === null) throw new Error(`swift gives no token: ${login.status} ${await login.text()}`);
  return async (method, container, headers = {}) => {
    const response = await fetch(`${endpoint}/v1/AUTH_test/${encodeURIComponent(container)}`, {
      method,
      headers: { 'x-auth-token': token, ...headers },
    });
    const text = await response.text();
    if (!response.ok && response.status !== 404)
      throw new Error(`swift: ${method} ${container}: ${response.status} ${text}`);
    return response.ok ? text : '';
  };
}
