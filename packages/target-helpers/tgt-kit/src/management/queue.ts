/** How many requests one process has under way at one daemon; tgtd's own backlog is 32, shared by all processes. */
const IN_FLIGHT = 4;

/**
 * Orders the requests of this process to one daemon: first come, first served, a few at a time. tgtd executes each request
 * atomically, one after the other; what must happen in order (the steps on one target) is awaited step by step by its caller.
 */
export class RequestQueue {
  #running = 0;
  readonly #waiting: (() => void)[] = [];

  /** Runs `task` when its turn comes. */
  async run<T>(task: () => Promise<T>): Promise<T> {
    if (this.#running >= IN_FLIGHT) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#running += 1;
    try {
      return await task();
    } finally {
      const next = this.#waiting.shift();
      // The place is handed on, not freed: a newcomer cannot overtake those who wait.
      if (next) next();
      else this.#running -= 1;
    }
  }
}

const queues = new Map<string, RequestQueue>();

/** The queue of the daemon behind a control socket: one per process, whoever asks. */
export function queueOf(socketPath: string): RequestQueue {
  const existing = queues.get(socketPath);
  if (existing) return existing;
  const queue = new RequestQueue();
  queues.set(socketPath, queue);
  return queue;
}
