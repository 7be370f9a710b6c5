import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import type { Stage } from './stage.ts';

/** Takes away what a failed step left, ends the processes, removes the directory. Goes on when one of these fails. */
export async function cleanUp(stage: Stage, options: { readonly keep: boolean }): Promise<void> {
  for (const { what, run } of stage.undo.splice(0).reverse()) {
    await run().catch((error: unknown) => console.error(`clean-up: ${what}: ${String(error)}`));
  }
  for (const { child, signal } of stage.processes.splice(0).reverse()) {
    if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) continue;
    const exited = once(child, 'exit');
    process.kill(-child.pid, signal);
    const killer = setTimeout(() => child.kill('SIGKILL'), 15_000);
    await exited;
    clearTimeout(killer);
  }
  if (options.keep) console.log(`kept: ${stage.directory}`);
  else await rm(stage.directory, { recursive: true, force: true });
}
