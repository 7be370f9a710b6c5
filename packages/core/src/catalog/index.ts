export { CatalogError, type CatalogErrorCode } from './catalog-error.ts';
export { checkOptions, type OptionProblem } from './check-options.ts';
export { nearestName } from './nearest.ts';
export { type OptionsSchema, parseOptionsSchema } from './options-schema.ts';
export { PluginCatalog } from './plugin-catalog.ts';
export type { PluginEntry } from './plugin-entry.ts';
