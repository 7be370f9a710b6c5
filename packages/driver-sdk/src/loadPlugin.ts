import { pathToFileURL } from 'node:url';
import { type ConfigureParams, ContractError } from '@scoria/core/contract';
import { pluginBrand } from './brand.ts';
import type { AnyTargetHelper, BackingStore, PluginContext } from './interfaces/index.ts';
import { lendSdk } from './lendSdk.ts';
import { parseOptions } from './options.ts';
import type { BackingStorePlugin, TargetHelperPlugin } from './plugins.ts';

/** The plugins that `configure` named. */
export type KnownPlugins = ConfigureParams['plugins'];

interface InstanceOf {
  'target-helper': AnyTargetHelper;
  'backing-store': BackingStore;
}

interface DefinitionOf {
  'target-helper': TargetHelperPlugin;
  'backing-store': BackingStorePlugin;
}

/** Kinds of plugin that live inside a driver's process. */
export type InnerPluginKind = keyof InstanceOf;

/**
 * Imports a target helper or backing store into this process.
 *
 * @returns what the default export of its entry was defined as.
 * @throws ContractError INVALID_CONFIGURATION: unknown plugin, entry that cannot be imported, wrong default export.
 */
export async function loadPlugin<Kind extends InnerPluginKind>(
  kind: Kind,
  name: string,
  known: KnownPlugins,
): Promise<DefinitionOf[Kind]> {
  const found = known.find((each) => each.kind === kind && each.name === name);
  if (found === undefined) {
    const names = known.filter((each) => each.kind === kind).map((each) => each.name);
    const have = names.length === 0 ? 'none is' : `${names.join(', ')} ${names.length === 1 ? 'is' : 'are'}`;
    throw broken(`the ${kind} "${name}" is not installed (${have})`, { plugin: name });
  }
  const details = { plugin: name, entry: found.entry };
  const module = await importEntry(kind, name, found.entry);
  const definition = module.default;
  if (!isDefinition(definition, kind)) {
    const made = kind === 'target-helper' ? 'defineTargetHelper()' : 'defineBackingStore()';
    throw broken(
      `the entry of the ${kind} "${name}" does not export by default what ${made} returns`,
      details,
    );
  }
  if (definition.name !== name) {
    throw broken(
      `the package says it is the ${kind} "${name}", its entry says "${definition.name}"`,
      details,
    );
  }
  return definition;
}

/**
 * Loads a plugin and makes its instance from its own options in the backend section.
 *
 * @throws ContractError INVALID_CONFIGURATION as {@link loadPlugin}, or naming the option that is wrong.
 */
export async function createPlugin<Kind extends InnerPluginKind>(
  kind: Kind,
  name: string,
  from: { known: KnownPlugins; options: Readonly<Record<string, unknown>>; context: PluginContext },
): Promise<InstanceOf[Kind]> {
  const definition: TargetHelperPlugin | BackingStorePlugin = await loadPlugin(kind, name, from.known);
  const options = parseOptions(`${kind} "${name}"`, definition.options, from.options);
  const context = { ...from.context, log: from.context.log.child({ plugin: name }) };
  // The brand was checked: the kind decides which of the two factories it is.
  return (await definition.create(options, context)) as InstanceOf[Kind];
}

async function importEntry(kind: string, name: string, entry: string): Promise<{ default?: unknown }> {
  lendSdk();
  try {
    return await import(pathToFileURL(entry).href);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw broken(`the ${kind} "${name}" cannot be loaded: ${why}`, { plugin: name, entry }, cause);
  }
}

function isDefinition<Kind extends InnerPluginKind>(value: unknown, kind: Kind): value is DefinitionOf[Kind] {
  return typeof value === 'object' && value !== null && Reflect.get(value, pluginBrand) === kind;
}

function broken(message: string, details: Record<string, string>, cause?: unknown): ContractError {
  return new ContractError('INVALID_CONFIGURATION', message, { details, cause });
}
