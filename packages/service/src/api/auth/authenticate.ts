import type { IncomingHttpHeaders } from 'node:http';
import type { RequestContext } from '../../model/index.ts';
import { Fault } from '../http/fault.ts';
import type { Identity, Role } from './identity.ts';
import type { TokenStore } from './tokens.ts';

/**
 * How callers prove who they are.
 *
 * - `noauth`: whoever can open the socket is an administrator (only for a unix socket of mode 0600);
 * - `tokens`: static bearer tokens.
 */
export type ApiAuth =
  | { readonly kind: 'noauth'; readonly defaultProjectId: string }
  | { readonly kind: 'tokens'; readonly tokens: TokenStore };

const projectPattern = /^[A-Za-z0-9._-]{1,64}$/;

/**
 * Whom a request comes from. The project is that of the URL; without one, that of the token or of `X-Project-Id`.
 * @throws Fault 401 without a known token, 400 when the URL names another project than the token's (Cinder's answer),
 * unless the caller is an administrator.
 */
export function authenticate(
  auth: ApiAuth,
  request: {
    readonly requestId: string;
    readonly headers: IncomingHttpHeaders;
    readonly projectInUrl: string | null;
  },
): { readonly context: RequestContext; readonly role: Role } {
  const identity =
    auth.kind === 'noauth' ? fromSocket(auth, request.headers) : fromToken(auth, request.headers);
  const projectId = request.projectInUrl ?? identity.projectId;
  if (!projectPattern.test(projectId) || (projectId !== identity.projectId && identity.role !== 'admin'))
    throw new Fault(400, 'Malformed request url: the project in it is not the project of the token.');
  const { role, userId } = identity;
  return { role, context: { requestId: request.requestId, projectId, userId, isAdmin: role === 'admin' } };
}

function fromSocket(auth: Extract<ApiAuth, { kind: 'noauth' }>, headers: IncomingHttpHeaders): Identity {
  // The noauth plug-ins of OpenStack clients send `user:project` as the token.
  const [user, project] = one(headers['x-auth-token'])?.split(':') ?? [];
  const projectId = one(headers['x-project-id']) ?? project ?? auth.defaultProjectId;
  return { role: 'admin', userId: one(headers['x-user-id']) ?? user ?? 'admin', projectId };
}

function fromToken(auth: Extract<ApiAuth, { kind: 'tokens' }>, headers: IncomingHttpHeaders): Identity {
  const bearer = /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1];
  const token = one(headers['x-auth-token']) ?? bearer;
  const identity = token === undefined ? null : auth.tokens.find(token);
  if (identity === null)
    throw new Fault(
      401,
      'This server could not verify that you are authorized: send a valid token in X-Auth-Token or Authorization: Bearer.',
      { headers: { 'WWW-Authenticate': 'Bearer realm="scoria"' } },
    );
  return identity;
}

function one(header: string | string[] | undefined): string | undefined {
  const value = Array.isArray(header) ? header[0] : header;
  return value === '' ? undefined : value;
}
