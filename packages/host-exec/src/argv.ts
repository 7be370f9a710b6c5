import { InvalidArgumentError, SecretInArgvError } from './errors.ts';
import { isSecret, revealSecret, type SecretLike } from './secret.ts';

/** Shortest secret that is also looked for inside longer arguments; shorter ones would match by chance. */
const MIN_CONTAINED_LENGTH = 6;

/**
 * Checks the arguments of a command and turns them into strings.
 *
 * Everyone on the host can read argv in /proc/PID/cmdline, so an argument that is a secret, or contains one of
 * `secrets`, is refused. So is whatever execve(2) cannot carry.
 *
 * @throws SecretInArgvError when an argument is or contains a secret
 * @throws InvalidArgumentError when an argument is neither a string nor a finite number, or contains NUL
 */
export function buildArgv(
  program: string,
  args: readonly unknown[],
  secrets: readonly (string | SecretLike)[] = [],
): [string, ...string[]] {
  const values = secrets.map(revealSecret);
  if (program === '') throw new InvalidArgumentError('the program name is empty');
  refuseText(program, program, 'the program name', values);
  return [program, ...args.map((arg, index) => argument(program, arg, index, values))];
}

/**
 * The whole argument vector of a command, with the root helper in front when there is one; the rules of {@link buildArgv}
 * hold for every part.
 */
export function commandLine(
  rootHelper: readonly string[],
  program: string,
  args: readonly unknown[],
  secrets: readonly (string | SecretLike)[],
): [string, ...string[]] {
  const own = buildArgv(program, args, secrets);
  const [helper, ...helperArgs] = rootHelper;
  return helper === undefined ? own : buildArgv(helper, [...helperArgs, ...own], secrets);
}

/** Applies the same rules to the environment, which /proc/PID/environ shows to the same user's processes. */
export function checkEnvironment(
  program: string,
  env: Readonly<Record<string, unknown>>,
  secrets: readonly (string | SecretLike)[] = [],
): Record<string, string> {
  const values = secrets.map(revealSecret);
  const checked: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) {
    const where = `environment variable ${name}`;
    if (isSecret(value)) throw new SecretInArgvError(program, where);
    if (typeof value !== 'string') throw new InvalidArgumentError(`${where} of ${program} is not a string`);
    refuseText(program, value, where, values);
    checked[name] = value;
  }
  return checked;
}

function argument(program: string, arg: unknown, index: number, secrets: readonly string[]): string {
  const where = `argument ${index + 1}`;
  if (isSecret(arg)) throw new SecretInArgvError(program, where);
  if (typeof arg === 'number' && Number.isFinite(arg)) {
    refuseText(program, String(arg), where, secrets);
    return String(arg);
  }
  if (typeof arg !== 'string') {
    throw new InvalidArgumentError(`${where} of ${program} is neither a string nor a finite number`);
  }
  refuseText(program, arg, where, secrets);
  return arg;
}

function refuseText(program: string, text: string, where: string, secrets: readonly string[]): void {
  if (text.includes('\0'))
    throw new InvalidArgumentError(`${where} of ${program.replaceAll('\0', '\\0')} contains NUL`);
  for (const secret of secrets) {
    if (secret === '') continue;
    if (text === secret || (secret.length >= MIN_CONTAINED_LENGTH && text.includes(secret))) {
      throw new SecretInArgvError(program, where);
    }
  }
}
