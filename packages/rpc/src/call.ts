import {
  CallCancelledError,
  type CallOutcome,
  DeadlineExceededError,
  MessageTooLargeError,
} from './errors.ts';
import { exceeds, notificationLine, requestLine } from './message.ts';
import type { CallOptions } from './options.ts';
import type { Outbox, QueuedLine } from './outbox.ts';
import type { PendingCalls } from './pendingCalls.ts';

const defaultCancelGraceMs = 5000;

/** Sends one request and settles with its answer, its deadline, its cancellation or the loss of the connection. */
export function startCall(
  link: { pending: PendingCalls; outbox: Outbox; maxLineBytes: number },
  method: string,
  params: unknown,
  options: CallOptions,
): Promise<unknown> {
  const { pending, outbox } = link;
  const { timeoutMs, signal, onProgress } = options;
  if (signal?.aborted) return Promise.reject(new CallCancelledError(method, 'not-sent', signal.reason));
  const id = pending.nextId();
  const line = requestLine(id, method, params);
  if (exceeds(line, link.maxLineBytes)) {
    return Promise.reject(new MessageTooLargeError(`the request "${method}"`, link.maxLineBytes));
  }
  return new Promise((resolve, reject) => {
    let queued: QueuedLine | undefined;
    let deadline: NodeJS.Timeout | undefined;
    let grace: NodeJS.Timeout | undefined;
    const stopWaiting = (): void => {
      clearTimeout(deadline);
      clearTimeout(grace);
      signal?.removeEventListener('abort', onAbort);
    };
    const fail = (error: Error): void => {
      stopWaiting();
      reject(error);
    };
    /** Takes the request back when it was not written yet, otherwise asks the peer to stop. */
    const retract = (): CallOutcome => {
      if (queued?.withdraw() === true) {
        pending.remove(id);
        return 'not-sent';
      }
      outbox.sendLatest(`cancel ${id}`, notificationLine('$/cancelRequest', { id }));
      return 'unknown';
    };
    const onAbort = (): void => {
      if (retract() === 'not-sent') {
        fail(new CallCancelledError(method, 'not-sent', signal?.reason));
        return;
      }
      grace = setTimeout(() => {
        pending.abandon(id);
        fail(new CallCancelledError(method, 'unknown', signal?.reason));
      }, options.cancelGraceMs ?? defaultCancelGraceMs);
    };
    const onDeadline = (limit: number): void => {
      const outcome = retract();
      if (outcome === 'unknown') pending.abandon(id);
      fail(new DeadlineExceededError(method, limit, outcome));
    };
    pending.add(id, {
      method,
      outcome: () => (queued?.written === false ? 'not-sent' : 'unknown'),
      resolve: (result) => {
        stopWaiting();
        resolve(result);
      },
      reject: fail,
      progress: (report) => onProgress?.(report),
    });
    if (timeoutMs !== undefined) deadline = setTimeout(onDeadline, timeoutMs, timeoutMs);
    signal?.addEventListener('abort', onAbort, { once: true });
    try {
      queued = outbox.send(line);
    } catch (error) {
      pending.remove(id);
      stopWaiting();
      reject(error);
    }
  });
}
