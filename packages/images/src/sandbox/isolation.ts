/**
 * How far programs are confined.
 *
 * - `nobody`: name spaces of their own, and the user nobody (the service is root);
 * - `own-user`: name spaces of their own, as the service's user (who is not root, on a kernel that lets users make them);
 * - `limits`: limits and no new privileges only (a user who may make none).
 */
export type SandboxLevel = 'nobody' | 'own-user' | 'limits';

/** The uid and gid that own nothing. */
const NOBODY = '65534';
/** What programs of the distribution need: they and their libraries, nothing that is anybody's. */
const SYSTEM = ['/usr', '/lib', '/lib64', '/bin', '/sbin', '/etc/ld.so.cache'];
/** Needed until setpriv(1) has become nobody; the first is kept. */
const CAPABILITIES = ['CAP_DAC_OVERRIDE', 'CAP_SETUID', 'CAP_SETGID', 'CAP_SETPCAP'];

/** All variables of a confined program. Each of malloc's arenas takes address space that the limit counts. */
const environment = { LC_ALL: 'C', PATH: '/usr/bin:/bin', MALLOC_ARENA_MAX: '2' };

/** Arguments of bwrap(1): name spaces, and a root of its own with the system and `runtime` in it, read-only. */
export function isolation(level: 'nobody' | 'own-user', runtime: readonly string[]): string[] {
  return [
    ...['--unshare-net', '--unshare-pid', '--unshare-ipc', '--unshare-uts', '--unshare-cgroup-try'],
    ...(level === 'own-user' ? ['--unshare-user'] : []),
    ...['--die-with-parent', '--cap-drop', 'ALL'],
    ...(level === 'nobody' ? CAPABILITIES.flatMap((capability) => ['--cap-add', capability]) : []),
    '--clearenv',
    ...Object.entries(environment).flatMap(([name, value]) => ['--setenv', name, value]),
    ...[...SYSTEM, ...runtime].flatMap((path) => ['--ro-bind-try', path, path]),
    ...['--dev-bind', '/dev/null', '/dev/null', '--chdir', '/'],
  ];
}

/** Words in front of a command that must lose its privileges for good. */
export function withoutPrivileges(level: SandboxLevel): string[] {
  if (level === 'own-user') return [];
  if (level === 'limits') return ['setpriv', '--no-new-privs', '--inh-caps=-all', '--'];
  const kept = '-all,+dac_override';
  return [
    ...['setpriv', '--reuid', NOBODY, '--regid', NOBODY, '--clear-groups', '--no-new-privs'],
    ...[`--inh-caps=${kept}`, `--ambient-caps=${kept}`, `--bounding-set=${kept}`, '--'],
  ];
}
