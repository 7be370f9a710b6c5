/**
 * The argv prefix that gives root: nothing when this process is root already, `sudo -n` otherwise (-n: fail rather than
 * ask for a password that nobody will type).
 */
export function defaultRootHelper(euid: number | undefined = process.geteuid?.()): readonly string[] {
  return euid === 0 ? [] : ['sudo', '-n'];
}
