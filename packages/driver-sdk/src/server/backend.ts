import {
  type ConfigureParams,
  ContractError,
  type ProbeResult,
  probeResultSchema,
} from '@scoria/core/contract';
import type { Logger } from 'pino';
import type { DriverContext, DriverDefinition } from '../driver.ts';
import { requireFibreChannel, requireIscsi } from '../helperTransport.ts';
import { createPlugin, type InnerPluginKind } from '../loadPlugin.ts';
import { parseOptions } from '../options.ts';

/** A configured driver: its state and what was loaded for it. */
export interface Backend {
  readonly state: unknown;
  probe(): Promise<ProbeResult>;
  /** Closes driver, helpers and stores, newest first; failures are logged, none keeps the others from closing. */
  close(): Promise<void>;
}

/**
 * Configures a driver: parses its options, calls `setup`. When it fails, whatever was loaded is closed again.
 *
 * @throws ContractError INVALID_CONFIGURATION, or what `setup` throws.
 */
export async function openBackend(
  definition: DriverDefinition,
  configuration: ConfigureParams,
  log: Logger,
): Promise<Backend> {
  const { backend, host, options, plugins, stateDir } = configuration;
  const backendLog = log.child({ backend });
  const open: { what: string; close(): unknown }[] = [];
  const load = async <Kind extends InnerPluginKind>(
    kind: Kind,
    name: string,
    overrides: Readonly<Record<string, unknown>> = {},
  ) => {
    const context = { backend, stateDir, log: backendLog };
    const plugin = await createPlugin(kind, name, {
      known: plugins,
      options: { ...options, ...overrides },
      context,
    });
    open.push({ what: `${kind} ${name}`, close: () => plugin.close() });
    return plugin;
  };
  const context: DriverContext = {
    backend,
    host,
    stateDir,
    log: backendLog,
    rawOptions: options,
    loadTargetHelper: async (name, overrides) =>
      requireIscsi(name, await load('target-helper', name, overrides)),
    loadFibreChannelHelper: async (name, overrides) =>
      requireFibreChannel(name, await load('target-helper', name, overrides)),
    loadBackingStore: (name, overrides) => load('backing-store', name, overrides),
  };
  const close = async (): Promise<void> => {
    for (const each of open.splice(0).reverse()) {
      try {
        await each.close();
      } catch (error) {
        backendLog.error({ err: error }, `closing ${each.what} failed`);
      }
    }
  };
  let state: unknown;
  try {
    state = await definition.setup(
      parseOptions(`driver "${definition.name}"`, definition.options, options),
      context,
    );
  } catch (error) {
    await close();
    throw error;
  }
  open.push({ what: `driver ${definition.name}`, close: () => definition.close?.(state) });
  return {
    state,
    close,
    probe: async () => checkProbe((await definition.probe?.(state)) ?? { state: 'ready' }),
  };
}

function checkProbe(answer: unknown): ProbeResult {
  const parsed = probeResultSchema.safeParse(answer);
  if (parsed.success) return parsed.data;
  throw new ContractError(
    'INVALID_RESULT',
    `the result of probe breaks the contract: ${parsed.error.message}`,
  );
}
