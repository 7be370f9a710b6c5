import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/**
 * Path of the pool's worker: beside the given module in a build, one folder up when the build was split and that module is one of
 * its chunks; of the sources, the one that was last built. Never TypeScript: Node strips types by WebAssembly, and V8 crashes the
 * whole process, now and then, when threads that have used it come and go (nodejs/node#64500).
 *
 * @param moduleUrl of a module of this package
 * @throws Error when there is none
 */
export function workerFile(moduleUrl: string): string {
  const names = moduleUrl.endsWith('.ts') ? ['../dist/worker.js'] : ['./worker.js', '../worker.js'];
  const paths = names.map((name) => fileURLToPath(new URL(name, moduleUrl)));
  const found = paths.find((path) => existsSync(path));
  if (found !== undefined) return found;
  throw new Error(
    `the data mover's worker is not there: looked for ${paths.join(' and ')}; npm run build makes it`,
  );
}
