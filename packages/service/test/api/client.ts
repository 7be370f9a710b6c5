import { type Answer, ask } from '../fixtures/memory/client.ts';
import { projectA, type Served, tokens } from '../fixtures/memory/serve.ts';

interface Options {
  readonly token?: string;
  readonly version?: string;
  readonly project?: string | null;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Asks below `/v3/{project}` as the administrator of project A in 3.70, unless told otherwise. */
export function clientOf(served: Pick<Served, 'url'>, defaults: Options = {}) {
  const call =
    (method: string) =>
    (path: string, body?: unknown, options: Options = {}): Promise<Answer> => {
      const {
        token = tokens.admin,
        version = '3.70',
        project = projectA,
        headers,
      } = { ...defaults, ...options };
      const prefix = project === null ? '/v3' : `/v3/${project}`;
      return ask(served.url, {
        method,
        path: `${prefix}${path}`,
        body,
        token,
        version,
        ...(headers && { headers }),
      });
    };
  return {
    get: (path: string, options?: Options) => call('GET')(path, undefined, options),
    post: call('POST'),
    put: call('PUT'),
    delete: (path: string, options?: Options) => call('DELETE')(path, undefined, options),
  };
}

/** The single fault of an answer: its name, code and message. */
export function faultOf(answer: Answer): { name: string; code: unknown; message: string } {
  const { body } = answer;
  if (typeof body !== 'object' || body === null) throw new Error(`no fault in: ${answer.text.slice(0, 200)}`);
  const entries: [string, unknown][] = Object.entries(body);
  const [only] = entries;
  if (entries.length !== 1 || only === undefined)
    throw new Error(`not one fault: ${answer.text.slice(0, 200)}`);
  const [name, fault] = only;
  if (typeof fault !== 'object' || fault === null || !('code' in fault) || !('message' in fault))
    throw new Error(`not a fault: ${answer.text.slice(0, 200)}`);
  return { name, code: fault.code, message: String(fault.message) };
}
