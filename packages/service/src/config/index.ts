export { describeConfig } from './describe.ts';
export { type LoadConfigOptions, loadConfig } from './load.ts';
export type { BackendConfig, BackupConfig, ImagesConfig, ScoriaConfig } from './model.ts';
export { defaultPluginPaths, withGroups } from './pluginPaths.ts';
export { ConfigError, type ConfigProblem, formatProblem } from './problem.ts';
export { helperNames, settingNames, settingsSchema } from './schema.ts';
export { revealOptions } from './secrets.ts';
