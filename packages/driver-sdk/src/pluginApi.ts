/**
 * What a target helper or backing store may import of this package: all that needs no driver. A driver lends its own copy
 * of it to the plugins in its process (lendSdk.ts).
 */
export * from '@scoria/core/contract';
export { z } from 'zod';
export type * from './interfaces/index.ts';
export { KeyedMutex } from './keyedMutex.ts';
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
