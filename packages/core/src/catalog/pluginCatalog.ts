import { resolve } from 'node:path';
import type { PluginKind } from '../contract/index.ts';
import { CatalogError } from './catalogError.ts';
import { findPackages } from './findPackages.ts';
import { nearestName } from './nearest.ts';
import { type OptionsSchema, readOptionsSchema } from './optionsSchema.ts';
import type { PluginEntry } from './pluginEntry.ts';
import { readPlugin } from './readPlugin.ts';

/** The plugins that are installed. Nothing of theirs is imported: only package.json and options schemas are read. */
export class PluginCatalog {
  /** All plugins that can be used, by kind and name. */
  readonly plugins: readonly PluginEntry[];
  /** What is wrong with the others. A broken plugin hurts only those who ask for it. */
  readonly problems: readonly CatalogError[];
  readonly #schemas = new Map<string, Promise<OptionsSchema | undefined>>();

  private constructor(plugins: readonly PluginEntry[], problems: readonly CatalogError[]) {
    this.plugins = plugins;
    this.problems = problems;
  }

  /**
   * Looks for plugins in the given directories: packages, or folders of packages such as `node_modules`. A package that
   * is found twice (a link, two directories) counts once. Never throws for a wrong package: see `problems`.
   */
  static async scan(directories: readonly string[]): Promise<PluginCatalog> {
    const plugins = new Map<string, PluginEntry>();
    const problems: CatalogError[] = [];
    for (const directory of new Set(directories.map((each) => resolve(each)))) {
      for (const candidate of await findPackages(directory)) {
        try {
          if ('problem' in candidate) throw candidate.problem;
          const plugin = await readPlugin(candidate.directory, candidate.packageJson);
          plugins.set(plugin.directory, plugin);
        } catch (error) {
          if (!(error instanceof CatalogError)) throw error;
          problems.push(error);
        }
      }
    }
    const { unique, duplicates } = separateDuplicates([...plugins.values()]);
    return new PluginCatalog(unique, [...problems, ...duplicates]);
  }

  /** The names of one kind, sorted. */
  names(kind: PluginKind): string[] {
    return this.plugins.filter((each) => each.kind === kind).map((each) => each.name);
  }

  /**
   * The plugin of that kind and name.
   * @throws CatalogError PLUGIN_NOT_FOUND naming the nearest and all that are known; or, when a package of that name is
   * there but wrong, what is wrong with it.
   */
  find(kind: PluginKind, name: string): PluginEntry {
    const plugin = this.plugins.find((each) => each.kind === kind && each.name === name);
    if (plugin !== undefined) return plugin;
    const problem = this.problems.find((each) => each.plugin?.kind === kind && each.plugin.name === name);
    if (problem !== undefined) throw problem;
    throw this.#notFound(kind, name);
  }

  /**
   * The options schema of a plugin; undefined when it ships none. Read once.
   * @throws CatalogError PLUGIN_BAD_OPTIONS_SCHEMA
   */
  optionsSchema(plugin: PluginEntry): Promise<OptionsSchema | undefined> {
    let schema = this.#schemas.get(plugin.directory);
    if (schema === undefined) {
      schema = readOptionsSchema(plugin);
      this.#schemas.set(plugin.directory, schema);
    }
    return schema;
  }

  #notFound(kind: PluginKind, name: string): CatalogError {
    const known = this.names(kind);
    const nearest = nearestName(name, known);
    const hint = nearest === undefined ? '' : ` (did you mean "${nearest}"?)`;
    const list = known.length === 0 ? `no ${kind} is installed` : `installed: ${known.join(', ')}`;
    const broken = this.problems.length === 0 ? '' : `; ${this.problems.length} package(s) could not be read`;
    return new CatalogError('PLUGIN_NOT_FOUND', `there is no ${kind} "${name}"${hint}; ${list}${broken}`, {
      plugin: { kind, name },
    });
  }
}

function separateDuplicates(plugins: readonly PluginEntry[]): {
  unique: PluginEntry[];
  duplicates: CatalogError[];
} {
  const groups = Map.groupBy(plugins, (each) => `${each.kind} ${each.name}`);
  const unique: PluginEntry[] = [];
  const duplicates: CatalogError[] = [];
  for (const key of [...groups.keys()].sort()) {
    const group = groups.get(key) ?? [];
    const [first] = group;
    if (first === undefined) continue;
    if (group.length === 1) {
      unique.push(first);
      continue;
    }
    const paths = group.map((each) => each.directory);
    const message = `two plugins are the ${first.kind} "${first.name}": ${paths.join(' and ')}: remove one`;
    duplicates.push(new CatalogError('PLUGIN_DUPLICATE', message, { paths, plugin: first }));
  }
  return { unique, duplicates };
}
