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
