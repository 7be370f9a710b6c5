import { connect, type Socket } from 'node:net';
import { IscsiError } from './errors.ts';
import { BHS_LENGTH, decodePdu, encodePdu, MAX_DATA_SEGMENT, type Pdu } from './pdu.ts';
import type { Portal } from './portal.ts';

/** A TCP connection that carries whole PDUs, one exchange at a time. Aborting `signal` ends it. */
export class IscsiConnection {
  readonly #socket: Socket;
  readonly #signal: AbortSignal;
  readonly #onAbort: () => void;
  #received: Buffer = Buffer.alloc(0);
  #waiting: (() => void) | null = null;
  #failure: IscsiError | null = null;

  private constructor(socket: Socket, signal: AbortSignal) {
    this.#socket = socket;
    this.#signal = signal;
    socket.on('data', (chunk) => {
      this.#received = this.#received.length === 0 ? chunk : Buffer.concat([this.#received, chunk]);
      this.#wake();
    });
    socket.on('error', (error) => this.#fail(new IscsiError('CLOSED', error.message, { cause: error })));
    socket.on('close', () => this.#fail(new IscsiError('CLOSED', 'the target closed the connection')));
    this.#onAbort = () => this.#fail(stopped(signal));
    signal.addEventListener('abort', this.#onAbort, { once: true });
  }

  /** Connects to a portal. @throws IscsiError CONNECT, STOPPED */
  static async open(portal: Portal, signal: AbortSignal): Promise<IscsiConnection> {
    if (signal.aborted) throw stopped(signal);
    const socket = connect({ host: portal.host, port: portal.port, noDelay: true });
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const onAbort = (): void => reject(stopped(signal));
    const onError = (error: Error): void => {
      const where = `${portal.host} port ${portal.port}`;
      reject(new IscsiError('CONNECT', `cannot connect to ${where}: ${error.message}`, { cause: error }));
    };
    signal.addEventListener('abort', onAbort, { once: true });
    socket.once('connect', resolve);
    socket.once('error', onError);
    try {
      await promise;
      return new IscsiConnection(socket, signal);
    } catch (error) {
      socket.destroy();
      throw error;
    } finally {
      signal.removeEventListener('abort', onAbort);
      socket.off('error', onError);
      if (socket.destroyed) socket.on('error', () => undefined);
    }
  }

  /** Sends one PDU. Errors show at the next {@link receive}. */
  send(header: Buffer, data: Buffer = Buffer.alloc(0)): void {
    if (this.#failure === null) this.#socket.write(encodePdu(header, data));
  }

  /** The next PDU. @throws IscsiError CLOSED, PROTOCOL, STOPPED */
  async receive(): Promise<Pdu> {
    for (;;) {
      const decoded = this.#take();
      if (decoded !== null) return decoded;
      if (this.#failure !== null) throw this.#failure;
      await new Promise<void>((resolve) => {
        this.#waiting = resolve;
      });
    }
  }

  /** Drops the connection. */
  close(): void {
    this.#signal.removeEventListener('abort', this.#onAbort);
    this.#socket.destroy();
  }

  #take(): Pdu | null {
    if (
      this.#received.length >= BHS_LENGTH &&
      this.#received.readUIntBE(5, 3) > MAX_DATA_SEGMENT &&
      this.#failure === null
    ) {
      this.#fail(
        new IscsiError('PROTOCOL', 'the target sent a data segment larger than the announced maximum'),
      );
      return null;
    }
    const decoded = decodePdu(this.#received);
    if (decoded === null) return null;
    this.#received = decoded.rest;
    return decoded.pdu;
  }

  #fail(error: IscsiError): void {
    this.#failure ??= error;
    this.#socket.destroy();
    this.#wake();
  }

  #wake(): void {
    this.#waiting?.();
    this.#waiting = null;
  }
}

function stopped(signal: AbortSignal): IscsiError {
  return new IscsiError('STOPPED', 'the iSCSI exchange was stopped', { cause: signal.reason });
}
