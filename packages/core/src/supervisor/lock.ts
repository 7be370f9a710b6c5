/** Runs one task at a time, in order of arrival. */
export class Lock {
  #tail: Promise<unknown> = Promise.resolve();

  run<T>(task: () => Promise<T>): Promise<T> {
    const result = this.#tail.then(task);
    // The next in line runs whatever became of this one; its caller has the error.
    this.#tail = result.catch(() => undefined);
    return result;
  }
}
