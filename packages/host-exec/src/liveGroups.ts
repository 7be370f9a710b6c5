const live = new Set<number>();
let hooked = false;

/**
 * Notes a running process group, so that it dies with this process. Groups of their own do not get the terminal's or
 * the supervisor's signals.
 *
 * @returns forgets the group
 */
export function trackGroup(pgid: number): () => void {
  if (!hooked) {
    hooked = true;
    process.once('exit', killAll);
  }
  live.add(pgid);
  return () => live.delete(pgid);
}

function killAll(): void {
  for (const pgid of live) {
    try {
      process.kill(-pgid, 'SIGKILL');
    } catch {
      // Gone already, or root's: an exit handler can do nothing more about either.
    }
  }
}
