import { setTimeout } from 'node:timers/promises';
import { isTgtError } from './errors.ts';
import { exchange } from './exchange.ts';
import { queueOf } from './queue.ts';
import { decodeReply } from './reply.ts';
import { encodeRequest, type ManagementRequest } from './request.ts';

/** Limits of one request, over the transport's own. */
export interface SendOptions {
  readonly deadlineMs?: number;
  readonly signal?: AbortSignal | undefined;
}

/** A way to have tgtd execute a request and to get its text. */
export interface Transport {
  readonly kind: 'socket' | 'program';
  /** The text that tgtd answers. @throws TgtError with the code of tgtd's answer, or why there is none */
  send(request: ManagementRequest, options?: SendOptions): Promise<string>;
}

/** Long enough for tgtd to open a slow device; shorter than the deadline of any operation. */
export const DEFAULT_DEADLINE_MS = 15_000;
const BUSY_TRIES = 8;

/** A full backlog had no effect and empties within milliseconds: wait a little and knock again. */
async function untilAccepted(attempt: () => Promise<Buffer>): Promise<Buffer> {
  for (let round = 1; ; round += 1) {
    try {
      return await attempt();
    } catch (error) {
      if (!isTgtError(error, 'DAEMON_BUSY') || round === BUSY_TRIES) throw error;
      await setTimeout(2 ** round);
    }
  }
}

/**
 * Speaks to tgtd's control socket. Gives what the `tgtadm` program cannot: distinct errors, no secret in argv, and speed.
 *
 * @param socketPath the socket itself, suffix included (`$TGT_IPC_SOCKET.0`).
 */
export function socketTransport(socketPath: string, deadlineMs: number = DEFAULT_DEADLINE_MS): Transport {
  const queue = queueOf(socketPath);
  return {
    kind: 'socket',
    send: async (request, options = {}) => {
      const limits = { deadlineMs: options.deadlineMs ?? deadlineMs, signal: options.signal };
      const bytes = await queue.run(() =>
        // Encoded in its turn and anew for each try, so that no plain secret waits anywhere.
        untilAccepted(() => exchange(socketPath, encodeRequest(request), request.action, limits)),
      );
      return decodeReply(bytes, request.action);
    },
  };
}
