import type { DriverSupervisor } from '@scoria/core';
import type { BackendConfig, ScoriaConfig } from './config/index.ts';

type DriverLaunch = ConstructorParameters<typeof DriverSupervisor>[0];

/** How the driver of a backend is started: its own program, and the helper and store that it may load. */
export function driverLaunch(
  { host, logLevel }: Pick<ScoriaConfig, 'host' | 'logLevel'>,
  backend: BackendConfig,
): DriverLaunch {
  const plugins = [backend.helper, backend.store].flatMap((plugin) =>
    plugin === null ? [] : [{ kind: plugin.kind, name: plugin.name, entry: plugin.entry }],
  );
  return {
    backend: backend.name,
    host,
    driver: backend.driver,
    plugins,
    options: backend.options,
    secretOptions: backend.secretNames,
    stateDir: backend.stateDirectory,
    logLevel,
  };
}
