import type { BlockStorageClient } from './blockStorageClient.ts';
import { backendsUp, type Scoria, type ScoriaOptions, startScoria, tgtBackend } from './scoria.ts';
import { temporaryDirectory } from './temporaryDirectory.ts';
import { startTgtd, type Tgtd } from './tgtd.ts';

/** A service with its backends up, a tgtd of its own, and the directory that holds all of it. */
export interface Stage extends AsyncDisposable {
  readonly directory: string;
  readonly tgtd: Tgtd;
  readonly scoria: Scoria;
  readonly client: BlockStorageClient;
  /** Kills tgtd; with `start` another one takes its place on the same socket and port. */
  killTgtd(options?: { readonly start: boolean }): Promise<void>;
  /** Kills the service, drivers included; with `start` it is started again on the same state, and its backends are up. */
  killScoria(options?: { readonly start: boolean }): Promise<void>;
}

/** How a stage differs from one backend `files` over tgtd. */
export interface StageOptions extends Pick<ScoriaOptions, 'tcp' | 'settings'> {
  /** Sections of the backends. */
  backends?(directory: string, tgtd: Tgtd): ScoriaOptions['backends'];
}

/** Starts a tgtd and the built service. Dispose of it, also when a test fails. */
export async function startStage(options: StageOptions = {}): Promise<Stage> {
  const { backends = (path, daemon) => ({ files: tgtBackend(path, daemon) }), ...others } = options;
  const directory = await temporaryDirectory();
  let tgtd = await startTgtd(directory.path);
  const configured = { ...others, directory: directory.path, backends: backends(directory.path, tgtd) };
  const start = async () => {
    const started = await startScoria(configured);
    await backendsUp(started.client);
    return started;
  };
  let scoria: Scoria;
  try {
    scoria = await start();
  } catch (error) {
    await tgtd.stop();
    await directory[Symbol.asyncDispose]();
    throw error;
  }
  return {
    directory: directory.path,
    get tgtd() {
      return tgtd;
    },
    get scoria() {
      return scoria;
    },
    get client() {
      return scoria.client;
    },
    async killTgtd({ start } = { start: false }) {
      await tgtd.stop();
      if (start) tgtd = await startTgtd(directory.path, { port: tgtd.port });
    },
    async killScoria(after = { start: false }) {
      await scoria.kill();
      if (after.start) scoria = await start();
    },
    async [Symbol.asyncDispose]() {
      await scoria[Symbol.asyncDispose]();
      await tgtd.stop();
      await directory[Symbol.asyncDispose]();
    },
  };
}
