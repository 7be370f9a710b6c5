import type { execa } from 'execa';

/**
 * Loads execa with the first command. A driver process that talks to its backend by sockets and files runs none, and should
 * not pay for it (measured: a quarter of such a process's memory).
 */
export async function loadExeca(): Promise<typeof execa> {
  return (await import('execa')).execa;
}
