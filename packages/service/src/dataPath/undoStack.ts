/** What has been done so far, to be undone in reverse order (contract.md D3). */
export class UndoStack {
  readonly #steps: { readonly leaves: string; readonly undo: () => Promise<void> }[] = [];

  /** Notes how to undo an effect, **before** the effect: undoing what did not happen must succeed. */
  add(leaves: string, undo: () => Promise<void>): void {
    this.#steps.push({ leaves, undo });
  }

  /** Undoes everything, newest first; one failure does not stop the others. */
  async unwind(): Promise<{ readonly errors: readonly unknown[]; readonly leftBehind: readonly string[] }> {
    const errors: unknown[] = [];
    const leftBehind: string[] = [];
    for (let step = this.#steps.pop(); step !== undefined; step = this.#steps.pop()) {
      try {
        await step.undo();
      } catch (error) {
        errors.push(error);
        leftBehind.push(step.leaves);
      }
    }
    return { errors, leftBehind };
  }
}
