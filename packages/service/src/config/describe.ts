import type { ScoriaConfig } from './model.ts';

/** A configuration as it will be used, defaults filled in, safe to show: secrets are masked by their type. */
export function describeConfig(config: ScoriaConfig): Record<string, unknown> {
  const { file, api, backends, warnings: _, ...rest } = config;
  return {
    file,
    ...rest,
    api: { ...api, listen: api.listen === null ? null : `${api.listen.host}:${api.listen.port}` },
    backends: Object.fromEntries(
      backends.map(({ name, driver, helper, store, options, stateDirectory }) => [
        name,
        {
          driver: `${driver.name} (${driver.packageName} ${driver.version})`,
          helper: helper === null ? null : `${helper.name} (${helper.packageName} ${helper.version})`,
          store: store === null ? null : `${store.name} (${store.packageName} ${store.version})`,
          stateDirectory,
          options: JSON.parse(JSON.stringify(options)),
        },
      ]),
    ),
  };
}
