/** A step failed; its own line has said why. */
export class StepFailed extends Error {}

/**
 * Runs one step and prints one line for it, with its time.
 * @throws StepFailed when `work` throws.
 */
export async function step<Result>(what: string, work: () => Promise<Result>): Promise<Result> {
  const started = performance.now();
  const time = () => `${Math.round(performance.now() - started)} ms`.padStart(9);
  try {
    const result = await work();
    console.log(`${time()}  ok    ${what}`);
    return result;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    console.log(`${time()}  FAIL  ${what}\n${why.replaceAll(/^/gm, '                 ')}`);
    throw new StepFailed(what, { cause: error });
  }
}
