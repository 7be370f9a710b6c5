import type {
  OperationAnswer,
  OperationContext,
  OperationName,
  OperationParams,
  probeResultSchema,
  Written,
} from '@scoria/core/contract';
import type { Logger } from 'pino';
import type { z } from 'zod';
import { pluginBrand } from './brand.ts';
import type { BackingStore, FibreChannelHelper, PluginContext, TargetHelper } from './interfaces/index.ts';

/** What a driver is given when it is configured. */
export interface DriverContext extends PluginContext {
  /** Name of the host the service runs on. */
  readonly host: string;
  /** The whole backend section as it was written, for plugins that read further options. May hold secrets: never log it. */
  readonly rawOptions: Readonly<Record<string, unknown>>;
  /**
   * Loads the target helper of that name with its own options from the backend section. It is closed with the driver.
   * @param overrides options that win over the section
   * @throws ContractError INVALID_CONFIGURATION when the plugin is not there, is broken, refuses its options, or speaks Fibre Channel.
   */
  loadTargetHelper(name: string, overrides?: Readonly<Record<string, unknown>>): Promise<TargetHelper>;
  /** As {@link loadTargetHelper}, for a helper that speaks Fibre Channel. */
  loadFibreChannelHelper(
    name: string,
    overrides?: Readonly<Record<string, unknown>>,
  ): Promise<FibreChannelHelper>;
  /** As {@link loadTargetHelper}, for a backing store. */
  loadBackingStore(name: string, overrides?: Readonly<Record<string, unknown>>): Promise<BackingStore>;
}

/** What an operation is given besides its parameters. */
export interface DriverOperationContext<State> extends OperationContext {
  /** What `setup` returned. */
  readonly state: State;
  /** Logger that adds request id and operation to each line. */
  readonly log: Logger;
}

/** The operations of a driver. Those that are there are its capabilities; the others are answered UNIMPLEMENTED. */
export type DriverOperationTable<State> = {
  readonly [Name in OperationName]?: (
    params: OperationParams<Name>,
    context: DriverOperationContext<State>,
  ) => Promise<OperationAnswer<Name>> | OperationAnswer<Name>;
};

/** What `probe` answers; `reason` may be left out. */
export type ProbeAnswer = Written<typeof probeResultSchema>;

/** A driver. `setup` stands before `operations` in the literal, so that TypeScript knows the type of the state. */
export interface DriverDefinition<Options extends z.ZodObject = z.ZodObject, State = unknown> {
  /** As in the package's manifest. */
  readonly name: string;
  readonly version: string;
  /** Its own options, by their original names. Unknown keys are left to helper and store. */
  readonly options: Options;
  /**
   * Makes the state that the operations work on. Called by `configure`, with parsed options; again, after `close`, when
   * the driver is configured anew.
   * @throws ContractError INVALID_CONFIGURATION when an option cannot work.
   */
  setup(options: z.output<Options>, context: DriverContext): Promise<State> | State;
  /** Whether the backend can serve. Called after `setup` and now and then. Default: ready. */
  probe?(state: State): Promise<ProbeAnswer> | ProbeAnswer;
  /** Releases what `setup` took. Helpers and stores that were loaded through the context are closed afterwards. */
  close?(state: State): Promise<void> | void;
  readonly operations: DriverOperationTable<State>;
}

/** A definition made by {@link defineDriver}. */
export interface Driver<Options extends z.ZodObject = z.ZodObject, State = unknown>
  extends DriverDefinition<Options, State> {
  readonly [pluginBrand]: 'driver';
}

/**
 * Declares a driver. `doSetup` and `checkForSetupError` succeed and `getVersion` answers `version` unless the driver
 * implements them itself.
 */
export function defineDriver<Options extends z.ZodObject, State>(
  definition: DriverDefinition<Options, State>,
): Driver<Options, State> {
  return {
    ...definition,
    [pluginBrand]: 'driver',
    operations: {
      doSetup: () => ({}),
      checkForSetupError: () => ({}),
      getVersion: () => ({ version: definition.version }),
      ...definition.operations,
    },
  };
}
