export { CatalogError, type CatalogErrorCode } from './catalogError.ts';
export { checkOptions, type OptionProblem } from './checkOptions.ts';
export { nearestName } from './nearest.ts';
export { type OptionsSchema, parseOptionsSchema } from './optionsSchema.ts';
export { PluginCatalog } from './pluginCatalog.ts';
export type { PluginEntry } from './pluginEntry.ts';
