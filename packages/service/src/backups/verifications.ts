import type { LifecycleDependencies } from '../dependencies.ts';
import {
  type BackupService,
  type RequestContext,
  ServiceError,
  type VerificationRecord,
} from '../model/index.ts';
import { requireAdmin } from '../volumes/access.ts';
import { requireStore } from './access.ts';

/** Ended ones that are remembered. */
const KEEP = 20;

interface Entry {
  record: VerificationRecord;
  readonly controller: AbortController;
}

/**
 * Re-readings of the repository. They change nothing, so nothing of them is written down: a restart forgets them.
 */
export class Verifications {
  readonly #deps: Pick<LifecycleDependencies, 'backups' | 'log'>;
  readonly #entries = new Map<string, Entry>();

  constructor(deps: Pick<LifecycleDependencies, 'backups' | 'log'>) {
    this.#deps = deps;
  }

  /** Starts one. @throws ServiceError Forbidden, BackupsNotConfigured, Conflict while another runs */
  start(context: RequestContext, selection: Parameters<BackupService['verify']>[1]): VerificationRecord {
    requireAdmin(context, 'verify the repository');
    const store = requireStore(this.#deps);
    const running = [...this.#entries.values()].find(({ record }) => record.status === 'running');
    if (running !== undefined)
      throw new ServiceError(
        'Conflict',
        `verification ${running.record.id} is under way: wait for it, or end it`,
      );
    const entry: Entry = {
      controller: new AbortController(),
      record: {
        id: crypto.randomUUID(),
        ...selection,
        status: 'running',
        doneBytes: 0,
        totalBytes: null,
        backups: null,
        problems: [],
        unreferenced: [],
        failure: null,
        startedAt: new Date().toISOString(),
        finishedAt: null,
      },
    };
    this.#entries.set(entry.record.id, entry);
    this.#forgetOld();
    const { volumeId, backupId } = selection;
    const work = store.verify(
      { ...(volumeId !== null && { volumeId }), ...(backupId !== null && { backupId }) },
      {
        signal: entry.controller.signal,
        onProgress: (progress) => {
          entry.record = { ...entry.record, ...progress };
        },
      },
    );
    const { log } = this.#deps;
    work.then(
      ({ backups, checkedBytes, problems, unreferenced }) => {
        this.#finish(entry, { status: 'done', backups, doneBytes: checkedBytes, problems, unreferenced });
        log.info({ backups, checkedBytes, problems: problems.length }, 'the repository was verified');
      },
      (error: unknown) => {
        const cancelled = entry.controller.signal.aborted;
        const failure = error instanceof Error ? error.message : String(error);
        this.#finish(entry, { status: cancelled ? 'cancelled' : 'failed', failure });
        if (!cancelled) log.error({ err: error }, 'the repository could not be verified');
      },
    );
    return entry.record;
  }

  /** @throws ServiceError BackupNotFound */
  get(context: RequestContext, id: string): VerificationRecord {
    requireAdmin(context, 'see a verification');
    return this.#require(id).record;
  }

  /** @throws ServiceError BackupNotFound */
  end(context: RequestContext, id: string): void {
    requireAdmin(context, 'end a verification');
    this.#require(id).controller.abort();
    this.#entries.delete(id);
  }

  #finish(entry: Entry, end: Partial<VerificationRecord>): void {
    entry.record = { ...entry.record, ...end, finishedAt: new Date().toISOString() };
  }

  #require(id: string): Entry {
    const entry = this.#entries.get(id);
    if (entry !== undefined) return entry;
    throw new ServiceError('BackupNotFound', `verification ${id} could not be found: a restart forgets them`);
  }

  #forgetOld(): void {
    for (const [id, { record }] of this.#entries) {
      if (this.#entries.size <= KEEP) return;
      if (record.status !== 'running') this.#entries.delete(id);
    }
  }
}
