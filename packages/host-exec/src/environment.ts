/** Where commands are looked up; fixed, so that the service's own PATH cannot change what runs. */
export const COMMAND_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/**
 * The whole environment of a command. Little is inherited on purpose: a locale changes what tools print, and this process's
 * variables may hold what no child needs to see.
 */
export function commandEnvironment(extra: Readonly<Record<string, string>>): Record<string, string> {
  return { LC_ALL: 'C', PATH: COMMAND_PATH, ...extra };
}
