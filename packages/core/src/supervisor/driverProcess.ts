import { type ChildProcess, spawn } from 'node:child_process';
import { Duplex, type Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { COOKIE_NAME, COOKIE_VALUE, WIRE_FD } from '../contract/index.ts';
import type { ExitReport } from './exitReport.ts';
import type { DriverLaunch } from './launch.ts';
import type { LogForwarder } from './logForwarder.ts';
import type { SupervisorSettings } from './settings.ts';

/** After the exit: how long the rest of stderr is waited for (a grandchild may hold it open for ever). */
const lastWordsMs = 200;

/** Variables of the service that a driver gets; nothing else of the environment does. */
const passedOn = ['PATH', 'HOME', 'LANG', 'TZ', 'TMPDIR'] as const;

/** One driver process, leader of a process group of its own, with a socketpair on fd 3. */
export class DriverProcess {
  /** Resolves once the process is gone and its group was killed; never rejects. */
  readonly exited: Promise<ExitReport>;
  readonly #child: ChildProcess;
  #gone = false;

  constructor(launch: DriverLaunch, settings: Pick<SupervisorSettings, 'nodeArgs'>, logs: LogForwarder) {
    const { entry, executable } = launch.driver;
    const started = performance.now();
    const [command, args] = executable ? [entry, []] : [process.execPath, [...settings.nodeArgs, entry]];
    this.#child = spawn(command, args, {
      cwd: launch.stateDir,
      detached: true,
      env: environment(launch.env),
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    });
    const { stdout, stderr } = this.#child;
    if (stdout !== null) logs.forward(stdout, 'stdout', 'debug');
    if (stderr !== null) logs.forward(stderr, 'stderr', 'info');
    this.exited = new Promise((resolve) => {
      const settle = (end: Pick<ExitReport, 'code' | 'signal' | 'spawnError'>): void =>
        resolve({ ...end, uptimeMs: performance.now() - started, lastWords: [...logs.lastWords] });
      this.#child.once('error', (error) => {
        // Also emitted when a signal could not be delivered: only a process without pid was never started.
        if (this.#child.pid === undefined) settle({ code: null, signal: null, spawnError: error.message });
      });
      this.#child.once('exit', (code, signal) => {
        // Whatever it forked into its group dies with it.
        this.#signalGroup('SIGKILL');
        this.#gone = true;
        const drained = stderr === null || stderr.readableEnded ? Promise.resolve() : ended(stderr);
        void Promise.race([drained, sleep(lastWordsMs)]).then(() =>
          settle({ code, signal, spawnError: undefined }),
        );
      });
    });
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** The wire: our end of the socketpair; undefined when the process was never started. */
  get wire(): Duplex | undefined {
    const stream = this.#child.stdio[WIRE_FD];
    return stream instanceof Duplex ? stream : undefined;
  }

  /** SIGTERM to the group, SIGKILL after `termMs`. Resolves when the process is gone. */
  async terminate(termMs: number): Promise<ExitReport> {
    this.#signalGroup('SIGTERM');
    const timer = setTimeout(() => this.#signalGroup('SIGKILL'), termMs);
    const exit = await this.exited;
    clearTimeout(timer);
    return exit;
  }

  /** SIGKILL to the group at once. */
  kill(): void {
    this.#signalGroup('SIGKILL');
  }

  #signalGroup(signal: NodeJS.Signals): void {
    const { pid } = this.#child;
    // Once the leader is reaped and its group killed, the id may come to belong to somebody else.
    if (pid === undefined || this.#gone) return;
    try {
      process.kill(-pid, signal);
    } catch (error) {
      // ESRCH: nobody is left in the group, which is what was wanted.
      if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
    }
  }
}

function ended(stream: Readable): Promise<void> {
  return new Promise((resolve) => {
    stream.once('close', resolve);
    stream.once('end', resolve);
  });
}

function environment(added: Readonly<Record<string, string>> = {}): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const name of passedOn) {
    const value = process.env[name];
    if (value !== undefined) kept[name] = value;
  }
  return { ...kept, ...added, [COOKIE_NAME]: COOKIE_VALUE };
}
