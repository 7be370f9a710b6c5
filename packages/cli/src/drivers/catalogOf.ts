import type { PluginCatalog } from '@scoria/core';

/** The plugins in these folders; without any, those that came with Scoria. */
export async function catalogOf(paths: readonly string[] | undefined): Promise<PluginCatalog> {
  const { PluginCatalog } = await import('@scoria/core');
  const { defaultPluginPaths, withGroups } = await import('@scoria/service/config');
  return PluginCatalog.scan(withGroups(paths ?? defaultPluginPaths(import.meta.dirname)));
}
