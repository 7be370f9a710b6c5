import type { z } from 'zod';
import { requireAdmin, requireWriter } from '../auth/policy.ts';
import type { Call, Reply } from './call.ts';
import { Fault } from './fault.ts';
import { parseBody, parseValue } from './parseBody.ts';
import { shorten } from './query.ts';

/** The methods of the API. */
export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';

/** The body of a route from a microversion on, until the next entry. */
export interface BodyVersion<Body> {
  /** Minor number of the microversion. */
  readonly since: number;
  readonly schema: z.ZodType<Body>;
}

interface RouteHead {
  readonly method: Method;
  /** Below `/v3` and `/v3/{project_id}`, with `:name` parameters. */
  readonly path: string;
  readonly operationId: string;
  readonly summary: string;
  readonly tag: string;
  /** Minor number of the microversion that brought it; 0 when it was always there. */
  readonly since?: number;
  /** Only administrators may call it. */
  readonly admin?: boolean;
  /** Status of success. */
  readonly status: number;
  /** Query parameters, for the OpenAPI document. */
  readonly query?: readonly string[];
  readonly response?: z.ZodType;
}

/** One entry of the route table, from which the routes, the OpenAPI document and docs/api.md are made. */
export interface Route extends RouteHead {
  readonly bodies: readonly BodyVersion<unknown>[];
  readonly actions: readonly Action[];
  run(call: Call): Promise<Reply>;
}

/** A route without a body. */
export function route(head: RouteHead & { handle(call: Call): unknown }): Route {
  const { handle, ...rest } = head;
  return {
    ...rest,
    bodies: [],
    actions: [],
    run: async (call) => ({ status: head.status, body: await handle(call) }),
  };
}

/** A route with a body; `body` is one schema, or several by microversion (ascending). */
export function routeWithBody<Body>(
  head: RouteHead & {
    readonly body: z.ZodType<Body> | readonly BodyVersion<Body>[];
    handle(call: Call<Body>): unknown;
  },
): Route {
  const { handle, body, ...rest } = head;
  const bodies: readonly BodyVersion<Body>[] = 'length' in body ? body : [{ since: 0, schema: body }];
  return {
    ...rest,
    bodies,
    actions: [],
    run: async (call) => {
      const current = bodies.findLast(({ since }) => since <= call.minor);
      if (current === undefined) throw new Fault(404, 'The resource could not be found.');
      const parsed = parseBody(current.schema, call.body);
      return { status: head.status, body: await handle({ ...call, body: parsed }) };
    },
  };
}

/** One action of an `…/action` route: the single key of the body names it. */
export interface Action {
  readonly name: string;
  readonly summary: string;
  readonly since: number;
  readonly admin: boolean;
  /** Changes nothing, so readers may use it. */
  readonly reads: boolean;
  readonly status: number;
  /** What stands under the name in the body. */
  readonly argument: z.ZodType;
  run(call: Call, argument: unknown): Promise<Reply>;
}

/** Declares an action; `argument` is what stands under its name in the body. */
export function action<Argument>(head: {
  readonly name: string;
  readonly summary: string;
  readonly since?: number;
  readonly admin?: boolean;
  readonly reads?: boolean;
  readonly status?: number;
  readonly argument: z.ZodType<Argument>;
  handle(call: Call<Argument>): unknown;
}): Action {
  const status = head.status ?? 202;
  return {
    name: head.name,
    summary: head.summary,
    since: head.since ?? 0,
    admin: head.admin ?? false,
    reads: head.reads ?? false,
    status,
    argument: head.argument,
    run: async (call, argument) => {
      const body = parseValue(head.argument, argument, [head.name]);
      return { status, body: await head.handle({ ...call, body }) };
    },
  };
}

/** The `…/action` route of a resource. @throws Fault 400 when the body does not name exactly one known action. */
export function actionRoute(
  head: Omit<RouteHead, 'method' | 'status'> & { readonly actions: readonly Action[] },
): Route {
  const byName = new Map(head.actions.map((each) => [each.name, each]));
  return {
    ...head,
    method: 'POST',
    status: 202,
    bodies: [],
    run: async (call) => {
      const [name, argument] = onlyEntry(call.body);
      const found = byName.get(name);
      if (found === undefined || found.since > call.minor)
        throw new Fault(
          400,
          `There is no such action: ${shorten(name)}. Verify the request body and Content-Type header and try again.`,
        );
      if (!found.reads) requireWriter(call);
      if (found.admin) requireAdmin(call);
      return found.run(call, argument);
    },
  };
}

function onlyEntry(body: unknown): [name: string, argument: unknown] {
  if (typeof body === 'object' && body !== null && !Array.isArray(body)) {
    const entries = Object.entries(body);
    const [only] = entries;
    if (only !== undefined && entries.length === 1) return only;
  }
  throw new Fault(
    400,
    'Malformed request body: send a JSON object whose only key is the name of the action.',
  );
}
