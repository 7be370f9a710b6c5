import { readFile } from 'node:fs/promises';
import { request as httpRequest, type RequestOptions } from 'node:http';
import { CliError } from '../cliError.ts';
import type { ExitCodeName } from '../exitCodes.ts';
import type { Globals } from '../globals.ts';

/** Microversion that all requests ask for: the last one whose answers these commands know. */
const MICROVERSION = 'volume 3.70';
const ANSWER_MS = 120_000;

/** Where the service is and who calls. */
export interface Endpoint {
  readonly socket: string | null;
  readonly url: URL | null;
  readonly token: string | null;
  readonly project: string | null;
}

/** Talks Block Storage v3 to the service. Answers are JSON that the caller parses. */
export class ApiClient {
  readonly #endpoint: Endpoint;

  constructor(endpoint: Endpoint) {
    this.#endpoint = endpoint;
  }

  /** Makes a client from the global options. @throws CliError usage, config */
  static async open(globals: Globals): Promise<ApiClient> {
    const token = globals.tokenFile === null ? null : await readToken(globals.tokenFile);
    if (globals.url === null) {
      return new ApiClient({ socket: globals.socket, url: null, token, project: globals.project });
    }
    if (!URL.canParse(globals.url)) {
      throw new CliError('usage', `"${globals.url}" is not a URL.`, {
        hint: 'Give something like http://10.0.0.1:8776.',
      });
    }
    return new ApiClient({ socket: null, url: new URL(globals.url), token, project: globals.project });
  }

  get(path: string, query: Readonly<Record<string, string>> = {}): Promise<unknown> {
    const search = new URLSearchParams(query).toString();
    return this.#call('GET', search === '' ? path : `${path}?${search}`);
  }

  post(path: string, body: unknown): Promise<unknown> {
    return this.#call('POST', path, body);
  }

  put(path: string, body: unknown): Promise<unknown> {
    return this.#call('PUT', path, body);
  }

  delete(path: string): Promise<unknown> {
    return this.#call('DELETE', path);
  }

  async #call(method: string, path: string, body?: unknown): Promise<unknown> {
    const { project } = this.#endpoint;
    const prefix = project === null ? '/v3' : `/v3/${encodeURIComponent(project)}`;
    const { status, text } = await this.#send(method, `${prefix}${path}`, body);
    const parsed = text === '' ? null : parseJson(text);
    if (status < 300) return parsed;
    throw apiError(status, parsed, text);
  }

  async #send(method: string, path: string, body: unknown): Promise<{ status: number; text: string }> {
    const { url, socket, token } = this.#endpoint;
    const payload = body === undefined ? null : JSON.stringify(body);
    const options: RequestOptions = {
      method,
      path: url === null ? path : `${url.pathname.replace(/\/+$/, '').replace(/\/v3$/, '')}${path}`,
      headers: {
        accept: 'application/json',
        'openstack-api-version': MICROVERSION,
        ...(payload !== null && {
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(payload),
        }),
        ...(token !== null && { 'x-auth-token': token }),
      },
      ...(url === null
        ? { socketPath: socket ?? '' }
        : { host: url.hostname.replace(/^\[|\]$/g, ''), port: url.port }),
    };
    const send = url?.protocol === 'https:' ? (await import('node:https')).request : httpRequest;
    const { promise, resolve, reject } = Promise.withResolvers<{ status: number; text: string }>();
    const request = send(options, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() }),
      );
      response.on('error', reject);
    });
    request.setTimeout(ANSWER_MS, () => request.destroy(new Error(`no answer within ${ANSWER_MS / 1000} s`)));
    request.on('error', reject);
    request.end(payload ?? undefined);
    try {
      return await promise;
    } catch (error) {
      throw this.#unreachable(error);
    }
  }

  #unreachable(error: unknown): CliError {
    const { url, socket } = this.#endpoint;
    const where = url === null ? (socket ?? '') : url.origin;
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    const reason = reasons[code] ?? (error instanceof Error ? error.message : String(error));
    const hint =
      code === 'EACCES'
        ? 'The socket belongs to the user that runs the service: run this as that user.'
        : 'Start it with "scoria serve --config FILE", or say where it is with --socket or --url.';
    return new CliError('unreachable', `Cannot reach the service at ${where}: ${reason}.`, {
      hint,
      cause: error,
    });
  }
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such socket',
  ECONNREFUSED: 'nothing listens there',
  EACCES: 'permission denied',
  ECONNRESET: 'the connection was closed',
  ENOTFOUND: 'the host name does not resolve',
};

function apiError(status: number, body: unknown, text: string): CliError {
  const fault = firstValue(body);
  const message =
    typeof fault === 'object' && fault !== null && 'message' in fault
      ? String(fault.message)
      : text.slice(0, 500);
  const hint = status === 401 ? 'Give the token with --token-file.' : undefined;
  return new CliError(
    exitOf(status),
    message || `The service answered ${status}.`,
    hint === undefined ? {} : { hint },
  );
}

function exitOf(status: number): ExitCodeName {
  if (status === 404) return 'notFound';
  if (status === 401 || status === 403) return 'forbidden';
  return status >= 400 && status < 500 ? 'refused' : 'failed';
}

function firstValue(body: unknown): unknown {
  return typeof body === 'object' && body !== null ? Object.values(body)[0] : undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new CliError('failed', 'The service answered something that is not JSON.', {
      hint: 'Is it a Scoria service that listens there?',
      cause,
    });
  }
}

async function readToken(path: string): Promise<string> {
  try {
    const token = (await readFile(path, 'utf8')).trim();
    if (/^\S+$/.test(token)) return token;
  } catch (cause) {
    throw new CliError(
      'usage',
      `Cannot read the token file ${path}: ${cause instanceof Error ? cause.message : cause}.`,
    );
  }
  throw new CliError('usage', `The token file ${path} does not hold exactly one token.`);
}
