import { COOKIE_NAME, COOKIE_VALUE, EXIT_NOT_SUPERVISED, WIRE_FD } from '@scoria/core/contract';
import { openInheritedSocket } from '@scoria/rpc';
import type { z } from 'zod';
import type { Driver } from './driver.ts';
import { createLogger } from './logger.ts';
import { endProcessGroup } from './processGroup.ts';
import { serveOver } from './serveOver.ts';

/** How long a driver may tidy up after its host is gone, in ms. */
const orphanGraceMs = 500;

/**
 * Runs this process as a driver: speaks the driver protocol on fd 3 until the supervisor says `shutdown` or is gone,
 * then ends the process within a second, its children included. stdout and stderr are only logs.
 *
 * Started by hand, it says what it is and sets exit code 64.
 */
export function serve<Options extends z.ZodObject, State>(driver: Driver<Options, State>): void {
  const stream = process.env[COOKIE_NAME] === COOKIE_VALUE ? openInheritedSocket(WIRE_FD) : undefined;
  if (stream === undefined) {
    process.stderr.write(
      `This is the Scoria storage driver "${driver.name}" ${driver.version}. It is a plugin: it is started by "scoria serve" ` +
        `for a backend whose configuration names it, and does nothing on its own.\n`,
    );
    process.exitCode = EXIT_NOT_SUPERVISED;
    return;
  }
  const log = createLogger({ name: driver.name });
  let shutdown = false;
  const served = serveOver(driver, {
    stream,
    log,
    onShutdown: () => {
      shutdown = true;
      // The supervisor closes the connection once it has read the answer; if it does not, the process ends anyway.
      setTimeout(() => process.exit(0), orphanGraceMs).unref();
    },
  });
  void served.closed.then(async ({ error }) => {
    if (shutdown) process.exit(0);
    log.warn({ err: error }, 'the connection to the supervisor ended');
    const timeUp = new Promise((resolve) => setTimeout(resolve, orphanGraceMs));
    await Promise.race([served.close(), timeUp]);
    endProcessGroup();
  });
}
