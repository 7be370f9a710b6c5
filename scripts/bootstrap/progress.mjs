/**
 * One progress line. Standard error, so that a task's own output can be piped.
 * @param {string} text
 */
export function say(text) {
  process.stderr.write(`scoria: ${text}\n`);
}

/**
 * Announces a step, runs it, and says how long it took.
 * @template T
 * @param {string} what
 * @param {() => Promise<T>} step
 * @returns {Promise<T>}
 */
export async function timed(what, step) {
  say(`${what} ...`);
  const started = performance.now();
  const result = await step();
  say(`${what}: ${((performance.now() - started) / 1000).toFixed(1)} s`);
  return result;
}
