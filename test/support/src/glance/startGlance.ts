import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from '../freePort.ts';
import { type RunningProcess, startProcess } from '../process.ts';
import { waitFor } from '../waitFor.ts';
import { type IdentityServer, startIdentityServer, type TokenHolder } from './identityServer.ts';

const program = '/usr/bin/glance-api';
const environment = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C.UTF-8' };

/** Why there is no Glance on this machine; undefined when there is one. For `describe.skipIf` and its printed reason. */
export const noGlance: string | undefined = existsSync(program)
  ? undefined
  : 'glance-api is not installed (apt-get install --no-install-recommends glance-api)';

/** Tokens that a Glance with `auth: 'tokens'` knows. */
export const glanceTokens = {
  /** Member of project `project-a`. */
  alice: 'token-of-alice',
  /** Member of project `project-b`. */
  bob: 'token-of-bob',
  /** Admin of project `admin`: may make images public. */
  admin: 'token-of-admin',
} as const;

const holders: ReadonlyMap<string, TokenHolder> = new Map([
  [glanceTokens.alice, { userId: 'alice', projectId: 'project-a', roles: ['member', 'reader'] }],
  [glanceTokens.bob, { userId: 'bob', projectId: 'project-b', roles: ['member', 'reader'] }],
  [glanceTokens.admin, { userId: 'admin', projectId: 'admin', roles: ['admin', 'member', 'reader'] }],
]);

/** How a Glance shall be. */
export interface GlanceOptions {
  /** `none` (the default): everybody is an admin without a project. `tokens`: only {@link glanceTokens} are let in. */
  readonly auth?: 'none' | 'tokens';
}

/** A real Glance on loopback: SQLite, file store, all below one directory. */
export interface Glance {
  /** Without `/v2`. */
  readonly url: string;
  /** Where its file store keeps the bytes, one file per image, named by its id. */
  readonly images: string;
  /** The process that serves now. */
  process(): RunningProcess;
  /** Ends it at once, as a crash would; what it stored stays. */
  kill(): Promise<void>;
  /** Starts it again after {@link Glance.kill}, on the same port. */
  restart(): Promise<void>;
  /** Ends it. */
  stop(): Promise<void>;
}

/** Starts a Glance with an empty store below `directory` and waits until it answers. Takes about three seconds. */
export async function startGlance(directory: string, options: GlanceOptions = {}): Promise<Glance> {
  const home = join(directory, 'glance');
  const images = join(home, 'images');
  for (const path of [home, images, join(home, 'staging'), join(home, 'lock'), join(home, 'empty')])
    await mkdir(path);
  const port = await freePort();
  const identity = options.auth === 'tokens' ? await startIdentityServer(holders) : null;
  await writeFile(join(home, 'paste.ini'), pipeline(identity !== null));
  await writeFile(join(home, 'glance.conf'), configuration(home, port, identity));
  // An empty --config-dir keeps what the package put into /etc/glance out.
  const argv = ['--config-file', join(home, 'glance.conf'), '--config-dir', join(home, 'empty')];
  await promisify(execFile)('glance-manage', [...argv, 'db_sync'], { env: environment, timeout: 120_000 });
  const url = `http://127.0.0.1:${port}`;
  const start = async (): Promise<RunningProcess> => {
    const running = startProcess(program, argv, { env: environment, cwd: home });
    await waitFor(
      'glance to answer',
      async () => {
        if (running.child.exitCode !== null) throw new Error(`glance-api ended: ${running.output()}`);
        return (await fetch(url).catch(() => undefined))?.status === 300;
      },
      { timeoutMs: 60_000 },
    );
    return running;
  };
  let running = await start();
  return {
    url,
    images,
    process: () => running,
    kill: () => running.stop('SIGKILL'),
    async restart() {
      running = await start();
    },
    async stop() {
      await running.stop();
      await identity?.[Symbol.asyncDispose]();
    },
  };
}

function configuration(home: string, port: number, identity: IdentityServer | null): string {
  return `[DEFAULT]
bind_host = 127.0.0.1
bind_port = ${port}
workers = 0
state_path = ${home}
node_staging_uri = file://${home}/staging
enabled_import_methods = []
show_image_direct_url = True
[database]
connection = sqlite:///${home}/glance.db
[paste_deploy]
config_file = ${home}/paste.ini
[glance_store]
stores = file
default_store = file
filesystem_store_datadir = ${home}/images
[oslo_concurrency]
lock_path = ${home}/lock
${identity === null ? '' : identitySection(identity)}`;
}

function identitySection({ url, serviceToken }: IdentityServer): string {
  return `[keystone_authtoken]
auth_type = admin_token
endpoint = ${url}/v3
token = ${serviceToken}
www_authenticate_uri = ${url}
token_cache_time = -1
`;
}

function pipeline(tokens: boolean): string {
  return `[pipeline:glance-api]
pipeline = versionnegotiation ${tokens ? 'authtoken context' : 'unauthenticated-context'} rootapp
[composite:rootapp]
paste.composite_factory = glance.api:root_app_factory
/: apiversions
/v2: apiv2app
[app:apiversions]
paste.app_factory = glance.api.versions:create_resource
[app:apiv2app]
paste.app_factory = glance.api.v2.router:API.factory
[filter:versionnegotiation]
paste.filter_factory = glance.api.middleware.version_negotiation:VersionNegotiationFilter.factory
[filter:context]
paste.filter_factory = glance.api.middleware.context:ContextMiddleware.factory
[filter:unauthenticated-context]
paste.filter_factory = glance.api.middleware.context:UnauthenticatedContextMiddleware.factory
[filter:authtoken]
paste.filter_factory = keystonemiddleware.auth_token:filter_factory
delay_auth_decision = false
`;
}
