export * from '@scoria/core/contract';
export { z } from 'zod';
export {
  type Driver,
  type DriverContext,
  type DriverDefinition,
  type DriverOperationContext,
  type DriverOperationTable,
  defineDriver,
  type ProbeAnswer,
} from './driver.ts';
export type * from './interfaces/index.ts';
export { type InnerPluginKind, type KnownPlugins, loadPlugin } from './loadPlugin.ts';
export { createLogger, type Logger } from './logger.ts';
export { parseOptions } from './options.ts';
export {
  type BackingStoreDefinition,
  type BackingStorePlugin,
  defineBackingStore,
  defineTargetHelper,
  type TargetHelperDefinition,
  type TargetHelperPlugin,
} from './plugins.ts';
export { serve } from './serve.ts';
export { type ServedDriver, serveOver } from './serveOver.ts';
