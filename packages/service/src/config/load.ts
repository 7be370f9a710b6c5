import { isUtf8 } from 'node:buffer';
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { PluginCatalog } from '@scoria/core';
import type { z } from 'zod';
import { checkBackup } from './backup.ts';
import { ConfigDocument } from './document.ts';
import { checkImages } from './images.ts';
import type { BackendConfig, ScoriaConfig } from './model.ts';
import { defaultPluginPaths, withGroups } from './pluginPaths.ts';
import { ConfigError } from './problem.ts';
import { Problems } from './problems.ts';
import type { settingsSchema } from './schema.ts';
import { octal } from './secrets.ts';
import { checkSection } from './section.ts';
import { isMapping, splitConfig } from './settings.ts';

const MAX_BYTES = 1024 * 1024;
/** Project of local callers who name none: one that no Keystone makes up. */
const DEFAULT_PROJECT = '00000000000000000000000000000000';

/** How a configuration is read. */
export interface LoadConfigOptions {
  /** Where plugins are when `plugin_paths` is not given. Default: beside this package. */
  readonly defaultPluginPaths?: readonly string[];
}

/**
 * Reads and checks a configuration file: YAML, settings, and every backend section with the options schemas of its own
 * plugins. Offline: starts and imports nothing of a plugin.
 *
 * A section that is not enabled is not looked into; a warning names it.
 *
 * @throws ConfigError with everything that is wrong, each with line and column
 */
export async function loadConfig(path: string, options: LoadConfigOptions = {}): Promise<ScoriaConfig> {
  const file = resolve(path);
  const { text, mode } = await readConfigFile(file);
  const parsed = ConfigDocument.parse(text);
  if ('problems' in parsed) throw new ConfigError(file, parsed.problems);
  const { document } = parsed;
  const problems = new Problems(document);
  const content = document.value ?? {};
  if (!isMapping(content)) throw failed(file, 'is not a mapping of settings and backend sections');

  const { settings, sections } = splitConfig(content, problems);
  const pluginPaths = settings?.plugin_paths?.map((each) => resolve(dirname(file), each)) ?? [
    ...(options.defaultPluginPaths ?? defaultPluginPaths(import.meta.dirname)),
  ];
  const catalog = await PluginCatalog.scan(withGroups(pluginPaths));
  for (const problem of catalog.problems) problems.warning(['plugin_paths'], problem.message);
  const stateDirectory = resolve(dirname(file), settings?.state_dir ?? '/var/lib/scoria');

  const enabled = settings?.enabled_backends ?? [...sections.keys()];
  const backends: BackendConfig[] = [];
  const inlineSecrets: string[] = [];
  for (const name of enabled) {
    const section = sections.get(name);
    if (section === undefined) continue;
    const checked = await checkSection(name, section, catalog, problems);
    inlineSecrets.push(...checked.inlineSecrets.map((option) => `${name}.${option}`));
    if (checked.backend !== null) {
      backends.push({ ...checked.backend, stateDirectory: join(stateDirectory, 'backends', name) });
    }
  }
  for (const name of sections.keys()) {
    if (!enabled.includes(name))
      problems.warning([name], 'is not in enabled_backends, so it is not started', 'key');
  }
  const backup = await backupOf(settings, { file, stateDirectory }, inlineSecrets, problems);
  const images =
    settings?.images === undefined
      ? null
      : await checkImages(settings.images, { file, stateDirectory }, problems);
  checkAlike(enabled, sections, problems);
  checkPrivacy(file, mode, inlineSecrets, problems);
  if (settings !== null) checkApi(settings, problems);
  if (problems.errors.length > 0 || settings === null) throw new ConfigError(file, problems.errors);
  return {
    ...fromSettings(settings, file, stateDirectory),
    pluginPaths,
    backends,
    backup,
    images,
    warnings: problems.warnings,
  };
}

async function backupOf(
  settings: z.output<typeof settingsSchema> | null,
  where: { readonly file: string; readonly stateDirectory: string },
  inlineSecrets: string[],
  problems: Problems,
): Promise<ScoriaConfig['backup']> {
  if (settings?.backup === undefined) return null;
  const { backup, hasInlineSecret } = await checkBackup(settings.backup, where, problems);
  if (hasInlineSecret) inlineSecrets.push('backup.secret_access_key');
  return backup;
}

function fromSettings(
  settings: z.output<typeof settingsSchema>,
  file: string,
  stateDirectory: string,
): Omit<ScoriaConfig, 'pluginPaths' | 'backends' | 'backup' | 'images' | 'warnings'> {
  const absolute = (path: string): string => resolve(dirname(file), path);
  const { api } = settings;
  return {
    file,
    stateDirectory,
    host: settings.host ?? hostname(),
    api: {
      socket: api.socket === null ? null : absolute(api.socket ?? join(stateDirectory, 'api.sock')),
      listen: api.listen === undefined ? null : parseListen(api.listen),
      tokensFile: api.tokens_file === undefined ? null : absolute(api.tokens_file),
      projectId: api.project_id ?? DEFAULT_PROJECT,
    },
    database:
      settings.database === undefined ? join(stateDirectory, 'scoria.db') : absolute(settings.database),
    defaultVolumeType: settings.default_volume_type ?? null,
    volumeTypes: settings.volume_types,
    availabilityZone: settings.availability_zone,
    quotas: settings.quotas,
    dataPath: { prefer: settings.data_path.prefer, iscsiInitiator: settings.data_path.iscsi_initiator },
    dataMover: {
      threads: settings.data_mover_threads ?? null,
      checkpointMs: settings.data_mover_checkpoint_interval * 1000,
    },
    logLevel: settings.log_level,
  };
}

function checkApi(settings: z.output<typeof settingsSchema>, problems: Problems): void {
  const { api } = settings;
  if (api.listen !== undefined && api.tokens_file === undefined) {
    problems.error(['api', 'listen'], 'needs api.tokens_file: over TCP the API is never open to everybody');
  }
  if (api.listen === undefined && api.socket === null) {
    problems.error(['api', 'socket'], 'is null and api.listen is not given: the API would listen nowhere');
  }
  const type = settings.default_volume_type;
  if (
    type !== undefined &&
    Object.keys(settings.volume_types).length > 0 &&
    !(type in settings.volume_types)
  ) {
    problems.warning(['default_volume_type'], `"${type}" is not among volume_types: it must exist already`);
  }
}

/** Two sections that say the same would manage the same storage twice. */
function checkAlike(
  enabled: readonly string[],
  sections: ReadonlyMap<string, Readonly<Record<string, unknown>>>,
  problems: Problems,
): void {
  const seen = new Map<string, string>();
  for (const name of new Set(enabled)) {
    const section = sections.get(name);
    if (section === undefined) continue;
    const text = JSON.stringify(Object.entries(section).sort(([a], [b]) => a.localeCompare(b)));
    const other = seen.get(text);
    if (other !== undefined)
      problems.warning([name], `says exactly what "${other}" says: two backends on one storage?`, 'key');
    seen.set(text, name);
  }
}

function checkPrivacy(file: string, mode: number, secrets: readonly string[], problems: Problems): void {
  const [first] = secrets;
  if (first === undefined || (mode & 0o077) === 0) return;
  const who = (mode & 0o007) !== 0 ? 'everybody' : 'its group';
  const message = `is a secret, and ${who} may read ${file} (mode ${octal(mode)}): chmod 0600 it, or give {file: PATH}`;
  if ((mode & 0o007) !== 0) problems.error(first.split('.'), message, 'key');
  else problems.warning(first.split('.'), message, 'key');
}

async function readConfigFile(file: string): Promise<{ text: string; mode: number }> {
  try {
    // Without waiting for the writer of a pipe.
    await using handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
    const stats = await handle.stat();
    const { mode, size } = stats;
    if (!stats.isFile()) throw failed(file, 'is not a regular file');
    // It names the code that the service runs.
    if ((mode & 0o002) !== 0)
      throw failed(file, `may be changed by everybody (mode ${octal(mode)}): chmod o-w ${file}`);
    if (size > MAX_BYTES) throw failed(file, `has ${size} bytes: a configuration has at most ${MAX_BYTES}`);
    const content = await handle.readFile();
    if (!isUtf8(content)) throw failed(file, 'is not UTF-8: save it in that encoding');
    return { text: content.toString('utf8'), mode };
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT') throw failed(file, 'does not exist', error);
    if (code === 'EACCES') throw failed(file, 'cannot be read: permission denied', error);
    throw failed(file, `cannot be read: ${error instanceof Error ? error.message : String(error)}`, error);
  }
}

function parseListen(text: string): { host: string; port: number } {
  const colon = text.lastIndexOf(':');
  return { host: text.slice(0, colon).replace(/^\[|\]$/g, ''), port: Number(text.slice(colon + 1)) };
}

function failed(file: string, message: string, cause?: unknown): ConfigError {
  return new ConfigError(file, [{ severity: 'error', path: [], message, line: null, column: null }], {
    cause,
  });
}
