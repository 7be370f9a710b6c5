import type { PluginKind } from '../contract/index.ts';

/** A plugin that can be started: what its package.json says, with paths made absolute. */
export interface PluginEntry {
  readonly kind: PluginKind;
  /** What a configuration calls it. */
  readonly name: string;
  readonly packageName: string;
  readonly version: string;
  /** Real path of the package. */
  readonly directory: string;
  /** Protocol versions it speaks; at least one is ours. */
  readonly protocol: readonly number[];
  /** Real path of the module or program. */
  readonly entry: string;
  /** Whether `entry` is started as it is instead of with Node. */
  readonly executable: boolean;
  /** Path of its options' JSON Schema, if it ships one. */
  readonly optionsSchema: string | undefined;
}
