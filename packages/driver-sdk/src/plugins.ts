import type { z } from 'zod';
import { pluginBrand } from './brand.ts';
import type { BackingStoreFactory, TargetHelperFactory } from './interfaces/index.ts';

interface Described<Options extends z.ZodObject> {
  /** As in the package's manifest. */
  readonly name: string;
  readonly version: string;
  /** Its own options, by their original names. */
  readonly options: Options;
}

/** A target helper: makes an instance from its own parsed options. */
export interface TargetHelperDefinition<Options extends z.ZodObject = z.ZodObject>
  extends Described<Options> {
  readonly create: TargetHelperFactory<z.output<Options>>;
}

/** A backing store: makes an instance from its own parsed options. */
export interface BackingStoreDefinition<Options extends z.ZodObject = z.ZodObject>
  extends Described<Options> {
  readonly create: BackingStoreFactory<z.output<Options>>;
}

/** A definition made by {@link defineTargetHelper}. */
export interface TargetHelperPlugin<Options extends z.ZodObject = z.ZodObject>
  extends TargetHelperDefinition<Options> {
  readonly [pluginBrand]: 'target-helper';
}

/** A definition made by {@link defineBackingStore}. */
export interface BackingStorePlugin<Options extends z.ZodObject = z.ZodObject>
  extends BackingStoreDefinition<Options> {
  readonly [pluginBrand]: 'backing-store';
}

/** Declares a target helper; make it the default export of the plugin's entry. */
export function defineTargetHelper<Options extends z.ZodObject>(
  definition: TargetHelperDefinition<Options>,
): TargetHelperPlugin<Options> {
  return { ...definition, [pluginBrand]: 'target-helper' };
}

/** Declares a backing store; make it the default export of the plugin's entry. */
export function defineBackingStore<Options extends z.ZodObject>(
  definition: BackingStoreDefinition<Options>,
): BackingStorePlugin<Options> {
  return { ...definition, [pluginBrand]: 'backing-store' };
}
