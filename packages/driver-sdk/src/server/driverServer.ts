import {
  configureParamsSchema,
  type InitializeResult,
  initializeParamsSchema,
  logLevelSchema,
  type OperationName,
  operations,
  PROTOCOL_VERSIONS,
  wireJsonSchema,
  wireMethods,
} from '@scoria/core/contract';
import type { RequestContext } from '@scoria/rpc';
import type { Logger } from 'pino';
import { z } from 'zod';
import type { DriverDefinition } from '../driver.ts';
import { type Backend, openBackend } from './backend.ts';
import { createDispatcher, type Dispatcher } from './dispatcher.ts';
import { mapThrown, refusal } from './wireError.ts';

const setLogLevelSchema = z.object({ level: logLevelSchema });

/** The driver's end of the wire: the three steps of a start, then operations, until shutdown. */
export class DriverServer {
  readonly #definition: DriverDefinition;
  readonly #log: Logger;
  readonly #dispatcher: Dispatcher;
  readonly #onShutdown: () => void;
  #initialized = false;
  #backend: Backend | undefined;
  #configuring = false;
  #closing: Promise<void> | undefined;
  #running = 0;

  constructor(definition: DriverDefinition, options: { log: Logger; onShutdown: () => void }) {
    this.#definition = definition;
    this.#log = options.log;
    this.#onShutdown = options.onShutdown;
    this.#dispatcher = createDispatcher(definition, options.log);
  }

  readonly onRequest = (method: string, params: unknown, context: RequestContext): unknown => {
    if (isOperation(method)) return this.#operate(method, params, context);
    switch (method) {
      case wireMethods.initialize:
        return this.#initialize(params);
      case wireMethods.configure:
        return this.#configure(params);
      case wireMethods.probe:
        return this.#probe();
      case wireMethods.shutdown:
        return this.#shutdown();
      default:
        throw refusal('UNIMPLEMENTED', `unknown method "${method}"`);
    }
  };

  readonly onNotification = (method: string, params: unknown): void => {
    // Unknown notifications are of a later version: tolerated.
    if (method !== wireMethods.setLogLevel) return;
    const parsed = setLogLevelSchema.safeParse(params);
    if (parsed.success) this.#log.level = parsed.data.level;
    else this.#log.warn('a log level that does not exist was asked for; nothing changed');
  };

  /** Releases what the driver holds. Idempotent. */
  close(): Promise<void> {
    this.#closing ??= this.#backend?.close() ?? Promise.resolve();
    return this.#closing;
  }

  #initialize(params: unknown): InitializeResult {
    if (this.#initialized)
      throw refusal('INVALID_ARGUMENT', 'initialize was answered already: it comes once');
    const { protocolVersions } = parse(initializeParamsSchema, 'initialize', params);
    const common = PROTOCOL_VERSIONS.filter((version) => protocolVersions.includes(version));
    // Without a common version the answer is still given: the host reports the mismatch with both sides' versions.
    this.#initialized = common.length > 0;
    return {
      protocolVersion: common.length > 0 ? Math.max(...common) : null,
      supportedVersions: [...PROTOCOL_VERSIONS],
      name: this.#definition.name,
      version: this.#definition.version,
      capabilities: [...this.#dispatcher.capabilities],
      optionsSchema: wireJsonSchema(this.#definition.options),
    };
  }

  async #configure(params: unknown): Promise<Record<string, never>> {
    if (!this.#initialized) throw refusal('NOT_INITIALIZED', 'configure came before initialize');
    if (this.#closing !== undefined) throw refusal('NOT_INITIALIZED', 'the driver is shutting down');
    const configuration = parse(configureParamsSchema, 'configure', params);
    if (this.#configuring || this.#running > 0) {
      throw refusal('ABORTED', 'the driver cannot be configured while it configures or operations run');
    }
    this.#configuring = true;
    try {
      this.#log.level = configuration.logLevel;
      await this.#backend?.close();
      this.#backend = undefined;
      this.#backend = await openBackend(this.#definition, configuration, this.#log);
      return {};
    } catch (error) {
      throw mapThrown('configure', error, undefined, this.#log);
    } finally {
      this.#configuring = false;
    }
  }

  async #probe(): Promise<unknown> {
    const backend = this.#ready('probe');
    try {
      return await backend.probe();
    } catch (error) {
      throw mapThrown('probe', error, undefined, this.#log);
    }
  }

  async #operate(name: OperationName, params: unknown, context: RequestContext): Promise<unknown> {
    const { state } = this.#ready(name);
    this.#running += 1;
    try {
      return await this.#dispatcher.run(name, params, state, context);
    } finally {
      this.#running -= 1;
    }
  }

  async #shutdown(): Promise<Record<string, never>> {
    await this.close();
    this.#onShutdown();
    return {};
  }

  #ready(what: string): Backend {
    if (this.#closing !== undefined) throw refusal('NOT_INITIALIZED', `${what}: the driver is shutting down`);
    if (this.#backend === undefined)
      throw refusal('NOT_INITIALIZED', `${what}: the driver is not configured yet`);
    return this.#backend;
  }
}

function isOperation(method: string): method is OperationName {
  return Object.hasOwn(operations, method);
}

function parse<Schema extends z.ZodType>(schema: Schema, method: string, params: unknown): z.output<Schema> {
  const parsed = schema.safeParse(params);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  throw refusal('INVALID_ARGUMENT', `${method}: ${problems.join('; ')}`);
}
