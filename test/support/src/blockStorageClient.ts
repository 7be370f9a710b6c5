import { Pool } from 'undici';
import { waitFor } from './waitFor.ts';

/** An answer of a Block Storage v3 endpoint. */
export interface Answer {
  readonly status: number;
  readonly body: Json;
  readonly headers: Record<string, string | string[] | undefined>;
}

/** JSON whose shape a test states by asserting on it. */
// biome-ignore lint/suspicious/noExplicitAny: answers of a foreign or tested server; tests assert on what they read.
export type Json = any;

/** A plain client of any Block Storage v3 service: Scoria over a unix socket, Cinder over TCP. */
export class BlockStorageClient {
  readonly #pool: Pool;
  readonly #prefix: string;
  readonly #headers: Record<string, string>;

  constructor(options: {
    readonly origin?: string;
    readonly socketPath?: string;
    readonly prefix: string;
    readonly headers?: Record<string, string>;
    readonly connections?: number;
  }) {
    const { origin = 'http://localhost', socketPath, connections = 16 } = options;
    this.#pool = new Pool(origin, { connections, ...(socketPath !== undefined && { socketPath }) });
    this.#prefix = options.prefix;
    this.#headers = {
      'openstack-api-version': 'volume 3.59',
      'content-type': 'application/json',
      ...options.headers,
    };
  }

  /** Sends one request; never throws for a status. */
  async call(
    method: 'GET' | 'POST' | 'PUT' | 'DELETE',
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    const response = await this.#pool.request({
      method,
      path: `${this.#prefix}${path}`,
      headers: { ...this.#headers, ...headers },
      body: body === undefined ? null : typeof body === 'string' ? body : JSON.stringify(body),
    });
    const text = await response.body.text();
    return { status: response.statusCode, body: text === '' ? null : parse(text), headers: response.headers };
  }

  /** As {@link call}, and demands a status below 300. */
  async ok(method: 'GET' | 'POST' | 'PUT' | 'DELETE', path: string, body?: unknown): Promise<Json> {
    const answer = await this.call(method, path, body);
    if (answer.status >= 300)
      throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  }

  /** Waits until a volume, snapshot or other object has left its transitory status; returns the object. */
  async settled(kind: 'volume' | 'snapshot', id: string, intervalMs = 2): Promise<Json> {
    const passing = new Set(['creating', 'deleting', 'extending', 'attaching', 'detaching', 'reserved']);
    return await waitFor(
      `${kind} ${id} to settle`,
      async () => {
        const object = (await this.ok('GET', `/${kind}s/${id}`))[kind];
        return passing.has(object.status) ? undefined : object;
      },
      { intervalMs, timeoutMs: 60_000 },
    );
  }

  /** Waits until an object answers 404, or fails when it ends in an error status. */
  async gone(kind: 'volume' | 'snapshot', id: string, intervalMs = 2): Promise<void> {
    await waitFor(
      `${kind} ${id} to be gone`,
      async () => {
        const answer = await this.call('GET', `/${kind}s/${id}`);
        if (answer.status === 404) return true;
        const status: string = answer.body[kind].status;
        if (status.startsWith('error')) throw new Error(`${kind} ${id} ended in ${status}`);
        return undefined;
      },
      { intervalMs, timeoutMs: 60_000 },
    );
  }

  /** Creates a volume and waits until it is available. */
  async createVolume(volume: Record<string, unknown>, intervalMs = 2): Promise<Json> {
    const created = (await this.ok('POST', '/volumes', { volume })).volume;
    const settled = await this.settled('volume', created.id, intervalMs);
    if (settled.status !== 'available') throw new Error(`volume ${created.id} ended in ${settled.status}`);
    return settled;
  }

  /** Closes its connections. Idempotent. */
  async close(): Promise<void> {
    if (!this.#pool.closed) await this.#pool.close();
  }
}

function parse(text: string): Json {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
