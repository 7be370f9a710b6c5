import { HostExecError, run } from '@scoria/host-exec';
import { ImageError } from '../errors.ts';
import { isolation, type SandboxLevel, withoutPrivileges } from './isolation.ts';

/**
 * The best that works here, found by trying it.
 *
 * @throws ImageError TOOL_MISSING when this process is root and cannot confine programs: what a hostile image did to them would be
 * done as root
 */
export async function findSandboxLevel(): Promise<SandboxLevel> {
  const level = process.geteuid?.() === 0 ? 'nobody' : 'own-user';
  try {
    await run('bwrap', [...isolation(level, []), '--', ...withoutPrivileges(level), 'true'], {
      deadlineMs: 30_000,
      description: 'try the sandbox',
    });
    return level;
  } catch (error) {
    if (!(error instanceof HostExecError)) throw error;
    if (level === 'own-user') return 'limits';
    throw new ImageError(
      'TOOL_MISSING',
      `images cannot be inspected and converted without a sandbox: ${error.message}`,
      { cause: error },
    );
  }
}
