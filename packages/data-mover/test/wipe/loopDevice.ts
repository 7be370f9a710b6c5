import { execFileSync } from 'node:child_process';

/** Attaches a loop device that reads and writes its file past the page cache. @throws when the file's filesystem cannot */
export function attachDirectLoop(file: string): { readonly path: string; readonly detach: () => void } {
  const path = execFileSync('losetup', ['--find', '--show', '--direct-io=on', file], {
    encoding: 'utf8',
  }).trim();
  return { path, detach: () => execFileSync('losetup', ['--detach', path]) };
}
