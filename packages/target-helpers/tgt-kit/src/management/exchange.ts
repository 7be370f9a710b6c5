import { connect } from 'node:net';
import { TgtError } from './errors.ts';
import { REPLY_HEADER_BYTES } from './protocol.ts';

/** When to stop waiting for an answer. */
export interface ExchangeLimits {
  readonly deadlineMs: number;
  readonly signal?: AbortSignal | undefined;
}

const NOTHING_LISTENS = new Set(['ENOENT', 'ECONNREFUSED', 'ENOTSOCK', 'ENOTDIR']);
const FORBIDDEN = new Set(['EACCES', 'EPERM']);

function connectionError(error: NodeJS.ErrnoException, socketPath: string, action: string): TgtError {
  const code = error.code ?? '';
  if (NOTHING_LISTENS.has(code)) {
    return new TgtError('DAEMON_NOT_RUNNING', `tgtd does not answer on ${socketPath} (${code})`, {
      cause: error,
    });
  }
  if (FORBIDDEN.has(code)) {
    return new TgtError(
      'DAEMON_FORBIDDEN',
      `tgtd's control socket ${socketPath} may not be opened (${code})`,
      { cause: error },
    );
  }
  if (code === 'EAGAIN') {
    return new TgtError('DAEMON_BUSY', `tgtd has too many connections waiting on ${socketPath}`, {
      cause: error,
    });
  }
  return new TgtError(
    'DAEMON_CLOSED',
    `tgtd broke the connection when asked to ${action} (${code}): it died, or does not run as this user and group`,
    { cause: error },
  );
}

/** Length of the whole reply once its head is there; more than anything before. */
function replyLength(chunks: readonly Buffer[], received: number): number {
  if (received < REPLY_HEADER_BYTES) return Number.POSITIVE_INFINITY;
  const [first] = chunks;
  const head = first !== undefined && first.length >= REPLY_HEADER_BYTES ? first : Buffer.concat(chunks);
  return Math.max(REPLY_HEADER_BYTES, head.readUInt32LE(4));
}

/**
 * Sends one request over a connection of its own and collects the reply's bytes until tgtd closes. The request's buffer is
 * wiped, since it may hold a password.
 *
 * @throws TgtError `DAEMON_NOT_RUNNING`, `DAEMON_FORBIDDEN` (no effect); `DAEMON_CLOSED`, `DEADLINE`, `CANCELLED` (outcome unknown).
 */
export function exchange(
  socketPath: string,
  request: Buffer,
  action: string,
  { deadlineMs, signal }: ExchangeLimits,
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let failure: TgtError | null = null;
    const socket = connect(socketPath);
    const fail = (error: TgtError) => {
      failure ??= error;
      socket.destroy();
    };
    const onAbort = () => fail(new TgtError('CANCELLED', `cancelled while asking tgtd to ${action}`));
    const timer = setTimeout(
      () =>
        fail(new TgtError('DEADLINE', `tgtd did not answer within ${deadlineMs} ms when asked to ${action}`)),
      deadlineMs,
    );
    signal?.addEventListener('abort', onAbort, { once: true });
    if (signal?.aborted) onAbort();
    let received = 0;
    socket.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      received += chunk.length;
      // The reply says how long it is: waiting for tgtd to close as well would cost a third of a short request's time.
      if (received >= replyLength(chunks, received)) socket.destroy();
    });
    // tgtd closes while we may still be writing (a peer of another user): its answer, or the lack of one, decides.
    socket.on('error', (error) => {
      if (chunks.length === 0) failure ??= connectionError(error, socketPath, action);
    });
    socket.on('close', () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
      request.fill(0);
      if (failure) reject(failure);
      else resolve(Buffer.concat(chunks));
    });
    socket.write(request);
  });
}
