import type { ScoriaConfig } from '@scoria/service/config';
import { CliError } from '../cliError.ts';

/** Where the configuration is when nobody says. */
export const DEFAULT_CONFIG = '/etc/scoria/scoria.yaml';

/** Reads a configuration; warnings go to stderr. @throws CliError config with every problem and its place */
export async function loadOrFail(path: string): Promise<ScoriaConfig> {
  const { ConfigError, defaultPluginPaths, formatProblem, loadConfig } = await import(
    '@scoria/service/config'
  );
  try {
    const config = await loadConfig(path, { defaultPluginPaths: defaultPluginPaths(import.meta.dirname) });
    for (const warning of config.warnings) process.stderr.write(`${formatProblem(config.file, warning)}\n`);
    return config;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const count = error.problems.length;
    const hint = `${count} problem${count === 1 ? '' : 's'}; "scoria driver inspect NAME" shows the options of a plugin.`;
    throw new CliError('config', error.message, { hint, cause: error });
  }
}
