import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

/** Somebody who has a token. */
export interface TokenHolder {
  readonly userId: string;
  readonly projectId: string;
  readonly roles: readonly string[];
}

/** As much of Keystone (Identity API v3) as keystonemiddleware asks for: whose token is this? */
export interface IdentityServer extends AsyncDisposable {
  readonly url: string;
  /** Token of the service that asks. */
  readonly serviceToken: string;
}

/** Starts an identity service that knows these tokens and no others. */
export async function startIdentityServer(
  holders: ReadonlyMap<string, TokenHolder>,
): Promise<IdentityServer> {
  const serviceToken = 'token-of-the-image-service';
  const server = createServer((request, response) => {
    answer(request, response, holders, serviceToken);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the system gave no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    serviceToken,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function answer(
  request: IncomingMessage,
  response: ServerResponse,
  holders: ReadonlyMap<string, TokenHolder>,
  serviceToken: string,
): void {
  request.resume();
  const reply = (status: number, body: unknown): void => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  };
  const path = request.url?.split('?')[0]?.replace(/\/$/, '');
  if (path === '' || path === '/v3') {
    const self = [{ rel: 'self', href: `http://${request.headers.host}/v3/` }];
    const version = { id: 'v3.14', status: 'stable', updated: '2020-04-07T00:00:00Z', links: self };
    reply(path === '' ? 300 : 200, path === '' ? { versions: { values: [version] } } : { version });
    return;
  }
  const holder = holders.get(String(request.headers['x-subject-token']));
  if (request.headers['x-auth-token'] !== serviceToken) reply(401, { error: { code: 401 } });
  else if (path !== '/v3/auth/tokens' || holder === undefined) reply(404, { error: { code: 404 } });
  else reply(200, { token: describeToken(holder) });
}

function describeToken({ userId, projectId, roles }: TokenHolder): unknown {
  const domain = { id: 'default', name: 'Default' };
  const day = 86_400_000;
  return {
    methods: ['token'],
    user: { id: userId, name: userId, domain, password_expires_at: null },
    project: { id: projectId, name: projectId, domain },
    is_domain: false,
    roles: roles.map((name) => ({ id: name, name })),
    catalog: [],
    audit_ids: [userId],
    issued_at: new Date(Date.now() - day).toISOString(),
    expires_at: new Date(Date.now() + day).toISOString(),
  };
}
