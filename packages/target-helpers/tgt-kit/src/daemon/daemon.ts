import type { Logger, ProbeResult } from '@scoria/driver-sdk';
import { isTgtError, socketTransport, type TgtClient, tgtClient } from '../management/index.ts';
import { programTransport } from '../management/programTransport.ts';
import type { TgtOptions } from '../options.ts';
import { checkIserPortals } from './checkIserPortals.ts';
import { socketIdentity } from './identity.ts';
import { rdmaMissing } from './rdma.ts';
import { ensureTgtd } from './spawn.ts';
import { stopTgtd } from './stop.ts';
import { iserAsksForBoth, runningVersion, type TgtVersion } from './version.ts';

/** A release that cannot be told is asked for again after so long. */
const ASK_AGAIN_MS = 30_000;

/** Which release a run of the daemon is of. */
interface Release {
  readonly run: string;
  readonly version: Promise<TgtVersion | null>;
  /** When it could not be told, as `Date.now()`. */
  unknownSince?: number;
}

/** The tgtd of this helper: how to speak to it, whether it runs, and whether it is still the same one. */
export class Daemon {
  readonly client: TgtClient;
  readonly socketPath: string;
  readonly #options: TgtOptions;
  readonly #log: Logger;
  /** The run of the daemon in which everything of ours was last seen or restored. */
  #healed: string | null = null;
  #healing: Promise<void> | undefined;
  /** Asked once for all that want to know at the same time. */
  #release: Release | undefined;

  private constructor(client: TgtClient, socketPath: string, options: TgtOptions, log: Logger) {
    this.client = client;
    this.socketPath = socketPath;
    this.#options = options;
    this.#log = log;
  }

  /**
   * Starts the daemon when told to, and finds out how it can be spoken to. A daemon that does not run is no error yet.
   *
   * @throws ContractError INVALID_CONFIGURATION (portals that tgtd's iSER driver cannot have), TOOL_MISSING, BACKEND_UNAVAILABLE
   */
  static async open(options: TgtOptions, log: Logger): Promise<Daemon> {
    if (options.tgt_driver === 'iser' && options.tgt_spawn)
      checkIserPortals(
        [options.iscsi_ip_address, ...options.iscsi_secondary_ip_addresses],
        options.iscsi_port,
      );
    const socketPath = `${options.tgt_control_socket}.${options.tgt_control_port}`;
    const deadlineMs = options.tgt_request_timeout * 1_000;
    const client = tgtClient(socketTransport(socketPath, deadlineMs));
    const daemon = new Daemon(client, socketPath, options, log);
    if (options.tgt_spawn) await daemon.start();
    try {
      await client.showDrivers();
    } catch (error) {
      if (!isTgtError(error, 'MALFORMED_REPLY')) return daemon;
      log.warn(
        { reason: error.message },
        'tgtd does not speak the known protocol: using the tgtadm program, without CHAP',
      );
      const program = programTransport(
        options.tgt_control_socket,
        options.tgt_control_port,
        'tgtadm',
        deadlineMs,
      );
      return new Daemon(tgtClient(program), socketPath, options, log);
    }
    return daemon;
  }

  /** Starts a tgtd unless one answers. @throws ContractError TOOL_MISSING, BACKEND_UNAVAILABLE */
  async start(): Promise<void> {
    const outcome = await ensureTgtd(this.client, {
      controlPath: this.#options.tgt_control_socket,
      controlPort: this.#options.tgt_control_port,
      addresses: [this.#options.iscsi_ip_address, ...this.#options.iscsi_secondary_ip_addresses],
      port: this.#options.iscsi_port,
      workerThreads: this.#options.tgt_worker_threads,
      iser:
        this.#options.tgt_driver === 'iser' ? { poolMebibytes: this.#options.tgt_iser_pool_mb } : undefined,
    });
    if (outcome === 'started') this.#log.info({ socket: this.socketPath }, 'started a tgtd');
  }

  /**
   * Notices that the daemon is a new one and has `restore` run once, whoever asks; all wait for it. Starts the daemon first
   * when that is our task.
   */
  async heal(restore: () => Promise<void>): Promise<void> {
    if (this.#healed !== null && (await socketIdentity(this.socketPath)) === this.#healed) return;
    this.#healing ??= (async () => {
      try {
        if (this.#options.tgt_spawn) await this.start();
        const identity = await socketIdentity(this.socketPath);
        await restore();
        this.#healed = identity;
      } finally {
        this.#healing = undefined;
      }
    })();
    await this.#healing;
  }

  /** Runs `task`; when the daemon turns out to be gone and starting it is our task, heals and runs it once more. */
  async run<T>(restore: () => Promise<void>, task: () => Promise<T>): Promise<T> {
    await this.heal(restore);
    try {
      return await task();
    } catch (error) {
      // Translated or not: a TgtError has a cause of its own, the socket's errno.
      const gone = [error, error instanceof Error ? error.cause : undefined].some((each) =>
        isTgtError(each, 'DAEMON_NOT_RUNNING'),
      );
      if (!this.#options.tgt_spawn || !gone) throw error;
      this.#healed = null;
      await this.heal(restore);
      return task();
    }
  }

  /**
   * Whether this daemon lets an initiator log in over iSER only by its name and an address both. No when its release cannot be told: then
   * nobody may be able to log in, where a yes could let everybody in.
   */
  async iserAsksForBoth(): Promise<boolean> {
    if (this.#options.tgt_driver !== 'iser') return false;
    const run = await socketIdentity(this.socketPath);
    if (run === null) return false;
    // What could not be told once may be the next time: a busy host answers late.
    const isStale = (this.#release?.unknownSince ?? Number.POSITIVE_INFINITY) < Date.now() - ASK_AGAIN_MS;
    if (this.#release?.run !== run || isStale) this.#release = { run, version: this.#askForRelease() };
    const version = await this.#release.version;
    return version !== null && iserAsksForBoth(version);
  }

  async #askForRelease(): Promise<TgtVersion | null> {
    const version = await runningVersion(this.socketPath).catch((error: unknown) => {
      this.#release = undefined; // told to all who wait, and tried again by the next
      throw error;
    });
    if (version === null) {
      if (this.#release !== undefined) this.#release.unknownSince = Date.now();
      this.#log.warn(
        { socket: this.socketPath },
        'which release of tgtd runs there cannot be told: if it is older than 1.0.95, no initiator can log in over iSER',
      );
    }
    return version;
  }

  /** Whether targets can be made now. */
  async probe(): Promise<ProbeResult> {
    try {
      const { tgt_driver: driver } = this.#options;
      const state = (await this.client.showDrivers()).get(driver);
      if (state === 'ready') return { state: 'ready', reason: '' };
      const why = driver === 'iser' ? await rdmaMissing() : null;
      return {
        state: 'degraded',
        reason: `tgtd's ${driver} driver is ${state ?? 'not there'}${why === null ? '' : `: ${why}; start tgtd again when that is put right`}`,
      };
    } catch (error) {
      if (!isTgtError(error)) throw error;
      return { state: 'absent', reason: error.message };
    }
  }

  /** Stops the daemon if this helper's kind started it and the options say so. */
  async close(): Promise<void> {
    if (this.#options.tgt_spawn && this.#options.tgt_stop_on_close) {
      await stopTgtd(this.client, this.#options.tgt_control_socket, this.#log);
    }
  }
}
