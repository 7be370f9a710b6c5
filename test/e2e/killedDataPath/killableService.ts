import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import {
  type BlockStorageClient,
  type Scoria,
  type ScoriaOptions,
  startScoria,
  waitFor,
} from '@scoria-test/support';

/** A process, told apart from a later one with its number. */
interface Process {
  readonly pid: number;
  readonly parent: number;
  readonly startedAt: string;
}

/** The built service, which can be killed again and again. */
export class KillableService {
  readonly #options: ScoriaOptions;
  readonly #logs: string[] = [];
  #scoria: Scoria;
  /** What the killed ones had started. */
  #left: Process[] = [];

  private constructor(options: ScoriaOptions, scoria: Scoria) {
    this.#options = options;
    this.#scoria = scoria;
  }

  static async start(options: ScoriaOptions): Promise<KillableService> {
    return new KillableService(options, await startScoria(options));
  }

  /** A client of the service that runs now. */
  get client(): BlockStorageClient {
    return this.#scoria.client;
  }

  /** SIGKILL to the service alone: what it has started has to notice. */
  async kill(): Promise<void> {
    const { child, pid } = this.#scoria.process;
    this.#left.push(...(await descendants(pid)));
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
    this.#logs.push(this.#scoria.process.output());
  }

  async startAgain(): Promise<void> {
    const { client } = this.#scoria;
    this.#scoria = await startScoria(this.#options);
    await client.close();
  }

  /** Waits until nothing lives of what killed services had started. */
  async survivorsEnd(): Promise<void> {
    await waitFor(
      'what a killed service had started to end',
      async () => {
        const running = new Set((await processes()).map(key));
        this.#left = this.#left.filter((each) => running.has(key(each)));
        return this.#left.length === 0;
      },
      { timeoutMs: 10_000 },
    );
  }

  /** What all of them logged, requests aside: they are many. */
  output(): string {
    return [...this.#logs, this.#scoria.process.output()]
      .flatMap((log) => log.split('\n'))
      .filter((line) => line !== '' && !line.includes('"msg":"request"'))
      .join('\n');
  }

  /** Ends the one that runs with SIGTERM. */
  async stop(): Promise<void> {
    this.#left.push(...(await descendants(this.#scoria.process.pid)));
    await this.#scoria.stop();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#scoria[Symbol.asyncDispose]();
  }
}

const key = ({ pid, startedAt }: Process): string => `${pid} ${startedAt}`;

async function descendants(pid: number): Promise<Process[]> {
  const all = await processes();
  const below = (parent: number): Process[] =>
    all.filter((each) => each.parent === parent).flatMap((each) => [each, ...below(each.pid)]);
  return below(pid);
}

async function processes(): Promise<Process[]> {
  const found = await Promise.all((await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(look));
  return found.filter((each) => each !== undefined);
}

/** See proc_pid_stat(5); undefined for one that has ended, also when nobody has asked for its exit code yet. */
async function look(pid: string): Promise<Process | undefined> {
  const line = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  if (line === undefined) return undefined;
  const [state, parent, ...others] = line.slice(line.lastIndexOf(')') + 2).split(' ');
  if (state === 'Z' || state === 'X') return undefined;
  return { pid: Number(pid), parent: Number(parent), startedAt: `${others[17]}` };
}
