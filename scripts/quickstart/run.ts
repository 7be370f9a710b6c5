import { spawn } from 'node:child_process';

const TIMEOUT_MS = 120_000;

/** A command ended with an exit code other than 0. */
export class CommandFailed extends Error {
  constructor(argv: readonly string[], outcome: string, output: string) {
    super(`${argv.join(' ')}: ${outcome}\n${output.trim()}`);
    this.name = 'CommandFailed';
  }
}

/**
 * Runs a program and gives what it printed to stdout.
 * @throws CommandFailed with all it printed, when it ends with another code than 0 or takes longer than two minutes.
 */
export function run(
  program: string,
  argv: readonly string[],
  env: Record<string, string> = {},
): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const child = spawn(program, argv, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  // Not spawn's own `timeout`: its timer goes on, and keeps this process alive, when the program does not exist.
  const timer = setTimeout(() => child.kill(), TIMEOUT_MS);
  let out = '';
  let all = '';
  child.stdout.on('data', (piece) => {
    out += String(piece);
    all += String(piece);
  });
  child.stderr.on('data', (piece) => {
    all += String(piece);
  });
  child.once('error', reject);
  child.once('close', (code, signal) => {
    if (code === 0) resolve(out);
    else reject(new CommandFailed([program, ...argv], signal ?? `exit code ${code}`, all));
  });
  return promise.finally(() => clearTimeout(timer));
}
