import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { type ConnectionInfo, operations } from '@scoria/core/contract';
import { z } from 'zod';

const answerSchema = z.object({
  result: z.unknown().optional(),
  error: z.string().optional(),
  milliseconds: z.number(),
});
const deviceSchema = z.looseObject({
  type: z.string(),
  path: z.string(),
  scsi_wwn: z.string().optional(),
  multipath_id: z.string().optional(),
});

/** What os-brick hands out. */
export type OsBrickDevice = z.infer<typeof deviceSchema>;

/** What a verb came to, and how long it took by os-brick's own clock. */
export interface Timed<T> {
  readonly value: T;
  readonly milliseconds: number;
}

/** os-brick in a process of its own. It gets connection information as a volume service would send it, and nothing else of ours. */
export class OsBrick implements AsyncDisposable {
  readonly #process: ChildProcess;
  readonly #lines: AsyncIterator<string>;
  readonly #multipath: boolean;
  #said = '';

  constructor(options: { readonly multipath: boolean }) {
    this.#multipath = options.multipath;
    this.#process = spawn('python3', [new URL('./judge.py', import.meta.url).pathname], {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { PATH: process.env['PATH'], LC_ALL: 'C.UTF-8', HOME: '/root' },
    });
    const { stdout, stderr } = this.#process;
    if (stdout === null) throw new Error('os-brick has no output');
    this.#lines = createInterface(stdout)[Symbol.asyncIterator]();
    stderr?.on('data', (piece) => (this.#said += String(piece)));
  }

  /** What it printed beside its answers. */
  get said(): string {
    return this.#said;
  }

  async connect(info: ConnectionInfo): Promise<Timed<OsBrickDevice>> {
    const { value, milliseconds } = await this.#ask('connect', info);
    return { value: deviceSchema.parse(value), milliseconds };
  }

  /** Whether it can read the device. */
  async check(info: ConnectionInfo, device: OsBrickDevice): Promise<boolean> {
    return (await this.#ask('check', info, device)).value === true;
  }

  /** @returns the new size in bytes */
  async extend(info: ConnectionInfo): Promise<number> {
    return z.number().parse((await this.#ask('extend', info)).value);
  }

  async disconnect(info: ConnectionInfo, device: OsBrickDevice): Promise<Timed<unknown>> {
    return this.#ask('disconnect', info, device);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const exited = once(this.#process, 'exit');
    this.#process.stdin?.end();
    const killer = setTimeout(() => this.#process.kill('SIGKILL'), 20_000);
    await exited;
    clearTimeout(killer);
  }

  async #ask(verb: string, info: ConnectionInfo, device?: OsBrickDevice): Promise<Timed<unknown>> {
    const { connectionInfo } = z.encode(operations.initializeConnection.result, { connectionInfo: info });
    const { driver_volume_type, data } = connectionInfo;
    const request = {
      verb,
      protocol: driver_volume_type.toUpperCase(),
      multipath: this.#multipath,
      data,
      device,
    };
    this.#process.stdin?.write(`${JSON.stringify(request)}\n`);
    const { value: line, done } = await this.#lines.next();
    if (done === true) throw new Error(`os-brick ended: ${this.#said.slice(-3000)}`);
    const { result, error, milliseconds } = answerSchema.parse(JSON.parse(line));
    if (error !== undefined) throw new Error(`os-brick: ${verb}: ${error}\n${this.#said.slice(-3000)}`);
    return { value: result, milliseconds };
  }
}
