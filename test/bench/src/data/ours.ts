import { stat } from 'node:fs/promises';
import { type CopyEndpoint, DataMover, type Identity } from '@scoria/data-mover';
import { writeFresh } from './content.ts';
import type { Workbench } from './workbench.ts';

/** Longer than the others and what is prepared for them take between two turns of ours. */
const KEPT_MS = 3_600_000;

/**
 * The pool as a busy service has it: running, its threads started by earlier work. What starting one costs is a figure of its own
 * (`first task of an idle pool`).
 */
export async function startWarmMover(
  bench: Workbench,
): Promise<AsyncDisposable & { readonly mover: DataMover }> {
  const mover = new DataMover({ idleTimeoutMs: KEPT_MS });
  mover.start();
  const [from, to] = [bench.path('warm-from'), bench.path('warm-to')];
  const task = async (): Promise<void> => {
    await mover.copy({ source: await endpoint(from), destination: await endpoint(to), length: 4096 });
  };
  await writeFresh(from, 4096);
  await writeFresh(to, 4096);
  await Promise.all([task(), task()]);
  return { mover, [Symbol.asyncDispose]: () => mover.close({ cancel: true }) };
}

/** A file, or with `device` the loop device over it, as a side of a task. */
export async function endpoint(
  file: string,
  device = file,
): Promise<CopyEndpoint & { readonly identity: Identity }> {
  return { path: device, identity: await identityOf(file) };
}

/** What a file proves itself by. */
export async function identityOf(file: string): Promise<Identity> {
  const { dev, ino } = await stat(file, { bigint: true });
  return { type: 'inode', dev: String(dev), ino: String(ino) };
}
