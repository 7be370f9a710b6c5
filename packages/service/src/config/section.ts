import {
  CatalogError,
  checkOptions,
  type OptionsSchema,
  type PluginCatalog,
  type PluginEntry,
  parseOptionsSchema,
} from '@scoria/core';
import {
  backendOptionsSchema,
  deprecatedOptionNames,
  type PluginKind,
  wireJsonSchema,
} from '@scoria/core/contract';
import type { BackendConfig } from './model.ts';
import type { Problems } from './problems.ts';
import { helperNames, ownSectionKeys } from './schema.ts';
import { readSecret } from './secrets.ts';

type Section = Readonly<Record<string, unknown>>;

const DEFAULT_HELPER = 'tgtadm';
const DEFAULT_FC_HELPER = 'fc';
const DEFAULT_STORE = 'file';

/** What a section came to. */
export interface CheckedSection {
  /** Null when something of it is wrong. */
  readonly backend: Omit<BackendConfig, 'stateDirectory'> | null;
  /** Names of secret options whose text stands in the file itself. */
  readonly inlineSecrets: readonly string[];
}

/**
 * Checks a backend section offline: its plugins are found, and every option is one of theirs, or one that all backends
 * have (contract.md §1.1). Runs nothing of a plugin.
 */
export async function checkSection(
  name: string,
  written: Section,
  catalog: PluginCatalog,
  problems: Problems,
): Promise<CheckedSection> {
  const before = problems.errors.length;
  const section = renameDeprecated(name, written, problems);
  const found = await driverSchema(name, section, catalog, problems);
  const plugins = findPlugins(name, section, catalog, problems, found);
  const schemas = [generalOptions(), ...(await schemasOf(name, plugins, catalog, problems))];
  const secretNames = [...new Set(schemas.flatMap((schema) => schema.secretNames))];
  const { options, plain, inlineSecrets } = await resolveSecrets(name, section, secretNames, problems);
  if (plugins.driver !== null) reportOptions(name, plain, schemas, problems);
  if (plugins.driver === null || problems.errors.length > before) return { backend: null, inlineSecrets };
  delete options['volume_driver'];
  // A driver that is composed reads which store to load; to one that stands alone the option means nothing.
  if (!found.names.includes('backing_store')) delete options['backing_store'];
  const { driver, helper, store } = plugins;
  return { backend: { name, driver, helper, store, options, secretNames }, inlineSecrets };
}

interface Plugins {
  readonly driver: PluginEntry | null;
  readonly helper: PluginEntry | null;
  readonly store: PluginEntry | null;
}

function renameDeprecated(name: string, section: Section, problems: Problems): Section {
  const renamed: Record<string, unknown> = { ...section };
  for (const [old, current] of Object.entries(deprecatedOptionNames)) {
    if (!(old in renamed)) continue;
    if (current in renamed)
      problems.error([name, old], `is the old name of "${current}", which is given too: remove one`, 'key');
    else {
      problems.warning([name, old], `is an old name: call it "${current}"`, 'key');
      renamed[current] = renamed[old];
    }
    delete renamed[old];
  }
  return renamed;
}

async function driverSchema(
  name: string,
  section: Section,
  catalog: PluginCatalog,
  problems: Problems,
): Promise<{ readonly driver: PluginEntry | null; readonly names: readonly string[] }> {
  if (section['volume_driver'] === undefined) {
    const known = catalog.names('driver').join(', ');
    problems.error(
      [name],
      `"volume_driver" is missing: name a driver${known === '' ? '' : ` (installed: ${known})`}`,
      'key',
    );
    return { driver: null, names: [] };
  }
  const driver = findPlugin(name, 'volume_driver', 'driver', section['volume_driver'], catalog, problems);
  if (driver === null) return { driver, names: [] };
  const schema = await readSchema(name, 'volume_driver', driver, catalog, problems);
  return { driver, names: schema?.names ?? [] };
}

/** A driver that has a helper option in its schema is composed of helper and store; any other stands alone. */
function findPlugins(
  name: string,
  section: Section,
  catalog: PluginCatalog,
  problems: Problems,
  found: { readonly driver: PluginEntry | null; readonly names: readonly string[] },
): Plugins {
  const { driver, names } = found;
  const option = (['iser_helper', 'iscsi_helper', 'fc_helper'] as const).find((each) => names.includes(each));
  if (driver === null || option === undefined) {
    // Checked all the same: a wrong name is wrong whatever the driver does with it.
    for (const each of ['iscsi_helper', 'iser_helper']) {
      if (section[each] !== undefined) checkHelperName(name, each, section[each], problems);
    }
    const store =
      driver !== null && section['backing_store'] !== undefined
        ? findPlugin(name, 'backing_store', 'backing-store', section['backing_store'], catalog, problems)
        : null;
    return { driver, helper: null, store };
  }
  // A Fibre Channel helper may be a vendor's, of any name.
  const isFibreChannel = option === 'fc_helper';
  const helperName = section[option] ?? (isFibreChannel ? DEFAULT_FC_HELPER : DEFAULT_HELPER);
  const helper =
    isFibreChannel || checkHelperName(name, option, helperName, problems)
      ? findPlugin(name, option, 'target-helper', helperName, catalog, problems)
      : null;
  const storeName = section['backing_store'] ?? DEFAULT_STORE;
  const store = findPlugin(name, 'backing_store', 'backing-store', storeName, catalog, problems);
  return { driver, helper, store };
}

function checkHelperName(name: string, option: string, value: unknown, problems: Problems): boolean {
  if (helperNames.some((each) => each === value)) return true;
  const shown =
    typeof value === 'string' ? `"${value}" is no target helper` : 'is not the name of a target helper';
  problems.error([name, option], `${shown}: choose one of ${helperNames.join(', ')}`);
  return false;
}

function findPlugin(
  section: string,
  option: string,
  kind: PluginKind,
  value: unknown,
  catalog: PluginCatalog,
  problems: Problems,
): PluginEntry | null {
  if (typeof value !== 'string') {
    problems.error([section, option], `is not the name of a ${kind}`);
    return null;
  }
  return attempt([section, option], problems, () => catalog.find(kind, value));
}

async function readSchema(
  section: string,
  option: string,
  plugin: PluginEntry,
  catalog: PluginCatalog,
  problems: Problems,
): Promise<OptionsSchema | undefined> {
  try {
    return await catalog.optionsSchema(plugin);
  } catch (error) {
    attempt([section, option], problems, () => {
      throw error;
    });
    return undefined;
  }
}

async function schemasOf(
  name: string,
  plugins: Plugins,
  catalog: PluginCatalog,
  problems: Problems,
): Promise<OptionsSchema[]> {
  const named = [
    ['volume_driver', plugins.driver],
    ['iscsi_helper', plugins.helper],
    ['backing_store', plugins.store],
  ] as const;
  const schemas: OptionsSchema[] = [];
  for (const [option, plugin] of named) {
    const schema = plugin === null ? undefined : await readSchema(name, option, plugin, catalog, problems);
    if (schema !== undefined) schemas.push(schema);
  }
  return schemas;
}

let general: OptionsSchema | undefined;

function generalOptions(): OptionsSchema {
  general ??= parseOptionsSchema('every backend', wireJsonSchema(backendOptionsSchema));
  return general;
}

async function resolveSecrets(
  name: string,
  section: Section,
  secretNames: readonly string[],
  problems: Problems,
): Promise<{ options: Record<string, unknown>; plain: Record<string, unknown>; inlineSecrets: string[] }> {
  const options: Record<string, unknown> = { ...section };
  const plain: Record<string, unknown> = { ...section };
  const inlineSecrets: string[] = [];
  for (const option of secretNames) {
    if (section[option] === undefined) continue;
    const source = await readSecret(section[option]);
    if (source.kind === 'problem') {
      problems.error([name, option], source.message);
      delete plain[option];
      continue;
    }
    if (source.kind === 'inline') inlineSecrets.push(option);
    options[option] = source.secret;
    plain[option] = source.secret.reveal();
  }
  return { options, plain, inlineSecrets };
}

function reportOptions(
  name: string,
  section: Section,
  schemas: readonly OptionsSchema[],
  problems: Problems,
): void {
  const reported = new Set<string>();
  for (const problem of checkOptions(section, schemas, ownSectionKeys)) {
    // Driver and helper share options, and a helper's name has been looked at already.
    const place = problem.path.join('.');
    if (reported.has(place) || problem.option === 'iscsi_helper' || problem.option === 'iser_helper')
      continue;
    reported.add(place);
    problems.error([name, ...problem.path], problem.message, problem.kind === 'unknown' ? 'key' : 'value');
  }
}

function attempt<T>(path: readonly string[], problems: Problems, work: () => T): T | null {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof CatalogError)) throw error;
    problems.error(path, error.message);
    return null;
  }
}
