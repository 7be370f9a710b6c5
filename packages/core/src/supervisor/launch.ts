import { type ConfigureParams, isSecret } from '../contract/index.ts';
import type { SecretMemory } from './secretMemory.ts';

/** What it takes to start the driver of one backend. */
export interface DriverLaunch {
  /** Name of the backend section. */
  readonly backend: string;
  /** Name of this host. */
  readonly host: string;
  /** The driver, as the catalog found it. */
  readonly driver: { readonly name: string; readonly entry: string; readonly executable: boolean };
  /** Helpers and stores that it may load. */
  readonly plugins: ConfigureParams['plugins'];
  /** The backend section. Secrets may be plain text or `Secret`. */
  readonly options: Readonly<Record<string, unknown>>;
  /** Names of options that are secret, for redaction of what the driver logs. */
  readonly secretOptions?: readonly string[];
  /** Directory of this backend; must exist. It is the driver's working directory. */
  readonly stateDir: string;
  readonly logLevel?: ConfigureParams['logLevel'];
  /** Added to the minimal environment. */
  readonly env?: Readonly<Record<string, string>>;
}

/** The parameters of `configure`: the one place where secrets of the configuration leave this process. */
export function configureParams(
  launch: DriverLaunch,
  logLevel: ConfigureParams['logLevel'],
): ConfigureParams {
  const options = Object.fromEntries(
    Object.entries(launch.options).map(([key, value]) => [key, isSecret(value) ? value.reveal() : value]),
  );
  const { backend, host, plugins, stateDir } = launch;
  return { backend, host, options, plugins, stateDir, logLevel };
}

/** Remembers the secrets of the configuration: what is named so, and what is a `Secret`. */
export function rememberSecrets(launch: DriverLaunch, memory: SecretMemory): void {
  memory.rememberIn(launch.options);
  for (const name of launch.secretOptions ?? []) {
    const value = launch.options[name];
    if (typeof value === 'string') memory.remember(value);
  }
}
