import { execFile } from 'node:child_process';
import { join } from 'node:path';

/**
 * Runs a tool of the workspace's root.
 * @param script path of its command below node_modules
 * @returns '' when it exits 0, else all that it printed
 */
export function runTool(root: string, script: string, args: readonly string[]): Promise<string> {
  return runNode(root, [join(root, 'node_modules', script), ...args]);
}

/** As {@link runTool}, for one of the workspace's own TypeScript programs. */
export function runScript(root: string, script: string, args: readonly string[]): Promise<string> {
  return runNode(root, ['--conditions=scoria-source', join(root, script), ...args]);
}

function runNode(root: string, argv: readonly string[]): Promise<string> {
  const options = { cwd: root, maxBuffer: 1 << 26, env: { ...process.env, NO_COLOR: '1' } };
  return new Promise((resolve) => {
    execFile(process.execPath, argv, options, (error, stdout, stderr) => {
      resolve(error === null ? '' : `${stdout}${stderr}`.trim() || error.message);
    });
  });
}
