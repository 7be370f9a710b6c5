// Said here and not only in pluginApi.ts: a bundler follows `export *` of another package in an entry file alone.
export * from '@scoria/core/contract';
export {
  type Driver,
  type DriverContext,
  type DriverDefinition,
  type DriverOperationContext,
  type DriverOperationTable,
  defineDriver,
  type ProbeAnswer,
} from './driver.ts';
export { type InnerPluginKind, type KnownPlugins, loadPlugin } from './loadPlugin.ts';
export * from './pluginApi.ts';
export { serve } from './serve.ts';
export { type ServedDriver, serveOver } from './serveOver.ts';
