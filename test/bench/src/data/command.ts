import { execFile } from 'node:child_process';
import { access } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

const execute = promisify(execFile);
/** Without the checkout's own tools: peers run as Debian has them. */
const PATH = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'].join(delimiter);

/** Runs a program of the system to its end. @returns what it printed @throws Error with what it said */
export async function run(
  program: string,
  argv: readonly string[],
  options: { readonly env?: Readonly<Record<string, string>>; readonly cwd?: string } = {},
): Promise<string> {
  const { env = {}, ...others } = options;
  const { stdout } = await execute(program, [...argv], {
    ...others,
    env: { PATH, LC_ALL: 'C.UTF-8', ...env },
    maxBuffer: 64 * 2 ** 20,
  });
  return stdout;
}

/** Reads programs and their libraries into memory again, as they are on a host where they are used. */
export async function warmPrograms(programs: readonly string[]): Promise<void> {
  for (const program of programs) await run(program, [program === 'restic' ? 'version' : '--version']);
}

/** Why a program cannot be run, or undefined when it can. `from` is its Debian package. */
export async function missingProgram(program: string, from: string): Promise<string | undefined> {
  for (const directory of PATH.split(delimiter)) {
    const found = await access(join(directory, program)).then(
      () => true,
      () => false,
    );
    if (found) return undefined;
  }
  return `not installed: apt-get install ${from}`;
}
