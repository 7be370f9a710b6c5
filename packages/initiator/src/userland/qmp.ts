import { open } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { ContractError } from '@scoria/core/contract';
import { z } from 'zod';

const replySchema = z.union([
  z.object({ return: z.unknown() }),
  z.object({ error: z.object({ class: z.string(), desc: z.string() }) }),
]);

/** File name of the daemon's control socket in its directory. */
export const QMP_SOCKET = 'qmp';

/** The control connection of a qemu-storage-daemon (QMP, docs/interop/qmp-spec), one command at a time. */
export class Qmp {
  readonly #socket: Socket;
  readonly #lines: AsyncIterator<string>;

  private constructor(socket: Socket, lines: AsyncIterator<string>) {
    this.#socket = socket;
    this.#lines = lines;
  }

  /**
   * Connects and negotiates. The daemon greets only once its start is over, so this is also how to wait for that.
   *
   * @returns null when nothing listens (yet), or the signal is aborted already
   */
  static async open(directory: string, signal: AbortSignal): Promise<Qmp | null> {
    const socket = await connectIn(directory, signal);
    if (socket === null) return null;
    const lines = createInterface({ input: socket })[Symbol.asyncIterator]();
    const qmp = new Qmp(socket, lines);
    try {
      const greeting = await lines.next();
      if (greeting.done === true) {
        qmp.close();
        return null;
      }
      await qmp.execute('qmp_capabilities');
      return qmp;
    } catch (error) {
      qmp.close();
      throw error;
    }
  }

  /** Runs a command. @throws ContractError COMMAND_FAILED with the daemon's own words, BACKEND_UNAVAILABLE when it is gone */
  async execute(command: string, args: Readonly<Record<string, unknown>> = {}): Promise<unknown> {
    this.#socket.write(`${JSON.stringify({ execute: command, arguments: args })}\n`);
    for (;;) {
      const line = await this.#lines.next();
      if (line.done === true) {
        throw new ContractError(
          'BACKEND_UNAVAILABLE',
          `The storage daemon ended while it was asked to ${command}.`,
        );
      }
      const reply = replySchema.safeParse(JSON.parse(line.value));
      if (!reply.success) continue; // an event
      if ('error' in reply.data) {
        throw new ContractError(
          'COMMAND_FAILED',
          `The storage daemon refused ${command}: ${reply.data.error.desc}.`,
        );
      }
      return reply.data.return;
    }
  }

  /** Closes the connection; the daemon goes on. */
  close(): void {
    this.#socket.destroy();
  }
}

/** Through the directory's descriptor, because a socket's path may have 107 bytes at most (unix(7)). */
async function connectIn(directory: string, signal: AbortSignal): Promise<Socket | null> {
  // An abort that has happened is not told to new listeners: whoever waited for a greeting then would wait for ever.
  if (signal.aborted) return null;
  const folder = await open(directory, 'r');
  try {
    const socket = connect({ path: `/proc/self/fd/${folder.fd}/${QMP_SOCKET}` });
    const { promise, resolve, reject } = Promise.withResolvers<Socket | null>();
    const onAbort = (): void => {
      socket.destroy(new Error('aborted'));
    };
    signal.addEventListener('abort', onAbort, { once: true });
    socket.once('connect', () => resolve(socket));
    socket.on('error', (error: NodeJS.ErrnoException) =>
      error.code === 'ENOENT' ||
      error.code === 'ECONNREFUSED' ||
      error.code === 'ECONNRESET' ||
      signal.aborted
        ? resolve(null)
        : reject(error),
    );
    socket.once('close', () => signal.removeEventListener('abort', onAbort));
    return await promise;
  } finally {
    await folder.close();
  }
}
