import { spawn } from 'node:child_process';
import { createWriteStream, mkdirSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { cacheFolder, root } from './paths.mjs';

/**
 * Runs a program in the foreground of the terminal.
 * @param {string} program
 * @param {string[]} args
 * @param {{env?: NodeJS.ProcessEnv}} options
 * @returns {Promise<number>} its exit code, 128 + n after signal n
 */
export function execute(program, args, { env = process.env } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd: root, env, stdio: 'inherit' });
    // The terminal sends SIGINT to the whole group; a supervisor sends SIGTERM to this process only.
    const forward = () => child.kill('SIGTERM');
    const ignore = () => undefined;
    process.on('SIGTERM', forward);
    process.on('SIGINT', ignore);
    child.once('error', reject);
    child.once('close', (code, signal) => {
      process.off('SIGTERM', forward);
      process.off('SIGINT', ignore);
      resolve(code ?? 128 + constants.signals[signal ?? 'SIGKILL']);
    });
  });
}

/**
 * Runs a program with its output in `.cache/<log>.log`.
 * @param {string} log
 * @param {string} program
 * @param {string[]} args
 * @param {{env?: NodeJS.ProcessEnv}} options
 * @returns {Promise<{code: number, tail: string, file: string}>} the exit code and the last lines it printed
 */
export async function executeLogged(log, program, args, { env = process.env } = {}) {
  mkdirSync(cacheFolder, { recursive: true });
  const file = join(cacheFolder, `${log}.log`);
  const output = createWriteStream(file);
  const code = await new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.pipe(output, { end: false });
    child.stderr.pipe(output, { end: false });
    child.once('error', reject);
    child.once('close', (exitCode) => resolve(exitCode ?? 1));
  });
  await new Promise((resolve) => output.end(resolve));
  return { code, tail: readFileSync(file, 'utf8').trimEnd().split('\n').slice(-15).join('\n'), file };
}
