import type { Service } from '@scoria/service';
import type { Logger } from 'pino';
import { CliError } from '../cliError.ts';
import { loadOrFail } from '../config/loadOrFail.ts';
import { exitCodes } from '../exitCodes.ts';
import { VERSION } from '../version.ts';
import { makeLogger } from './makeLogger.ts';
import { notifySystemd } from './notifySystemd.ts';
import { lockStateDirectory } from './stateLock.ts';

const LINGER_MS = 2_000;
/** Node runs all work on files in four threads, which four flushes to a slow disk hold up for the whole service. */
const FILE_THREADS = '16';

/**
 * Runs the service until SIGTERM or SIGINT, then drains it. Says `READY=1` on stdout, and to systemd, once it serves. A
 * second signal ends it at once.
 *
 * @throws CliError config, refused (another one has the state directory), failed (cannot listen)
 */
export async function serve(configPath: string): Promise<void> {
  process.umask(0o077);
  // Read by libuv when it first has something to do.
  process.env['UV_THREADPOOL_SIZE'] ??= FILE_THREADS;
  const config = await loadOrFail(configPath);
  const lock = await lockStateDirectory(config.stateDirectory);
  const log = makeLogger(config.logLevel);
  const { createService } = await import('@scoria/service');
  const service = await createService(config, { log, version: VERSION });
  const ended = untilSignal(log);
  try {
    const started = await Promise.race([service.start().then(() => true), ended.then(() => false)]);
    if (started) await announce(service);
    await ended;
  } catch (error) {
    throw startFailure(error);
  } finally {
    await notifySystemd('STOPPING=1');
    await service.stop();
    await lock.close();
    // Everything has been stopped; what still kept the process alive would be a leak, not work.
    setTimeout(() => process.exit(), LINGER_MS).unref();
  }
}

async function announce(service: Service): Promise<void> {
  const where = service.address.join(' and ');
  process.stdout.write(`READY=1 scoria serves on ${where}\n`);
  await notifySystemd('--ready', `--status=serving on ${where}`);
}

/** Resolves at the first signal; the second ends the process. */
function untilSignal(log: Logger): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  let signals = 0;
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      signals += 1;
      if (signals > 1) process.exit(exitCodes.interrupted);
      log.info({ signal }, 'ending: no new requests, what is under way goes on; again to end at once');
      resolve();
    });
  }
  return promise;
}

function startFailure(error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (!(error instanceof Error) || code !== 'EADDRINUSE') return error;
  const said = /in use/i.test(error.message) ? error.message : `${error.message}: the address is in use`;
  return new CliError('failed', said, { cause: error });
}
