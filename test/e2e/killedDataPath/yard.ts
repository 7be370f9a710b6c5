import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type Answer, type Json, waitFor } from '@scoria-test/support';
import type { Random } from '../chaos/random.ts';
import type { KillableService } from './killableService.ts';
import type { PatternSource } from './pattern.ts';

/** Bytes of a GiB, and of a MiB. */
export const GIB = 2 ** 30;
export const MIB = 2 ** 20;

/** Why a request has no answer: the service was killed meanwhile, so nobody knows whether it arrived. */
export type Asked = Answer | 'lost';

/** One operation that is going to be killed, with a model of what is right afterwards. */
export interface Round {
  /** Sends the request. */
  begin(): Promise<Answer>;
  /** Looks while nothing runs, right after a kill. @throws Error at what must never be seen */
  afterKill?(): Promise<void>;
  /** Looks once the service has settled everything. @returns what became of it, for the summary */
  check(asked: Asked): Promise<string>;
}

/** What is on record past the service: what it says of itself is not all that is asked for. */
export interface Recorded {
  /** Entries of the journal that are neither done nor undone. */
  readonly unfinished: readonly string[];
  /** Whether some bytes of a piece of work are known to be durable, and not all. */
  readonly halfDone: boolean;
}

/** The service over a fake array of real bytes, as all rounds use it. */
export class Yard {
  readonly service: KillableService;
  readonly directory: string;
  readonly random: Random;
  readonly patterns: PatternSource;
  #names = 0;

  constructor(service: KillableService, directory: string, random: Random, patterns: PatternSource) {
    this.service = service;
    this.directory = directory;
    this.random = random;
    this.patterns = patterns;
  }

  /** A name that nothing else has. */
  name(kind: string): string {
    this.#names += 1;
    return `${kind}-${this.#names}`;
  }

  /** Where the bytes of a volume are. */
  file(volumeId: string): string {
    return join(this.directory, 'array', 'volumes', `volume-${volumeId}`);
  }

  /** An object; undefined when there is none. */
  async find(kind: 'volume' | 'backup', id: string): Promise<Json | undefined> {
    const { status, body } = await this.service.client.call('GET', `/${kind}s/${id}`);
    return status === 404 ? undefined : body[kind];
  }

  /** What a request made: by the answer, or by the name when that was lost; undefined when it made nothing. */
  async made(kind: 'volume' | 'backup', name: string, asked: Asked): Promise<Json | undefined> {
    if (asked !== 'lost') {
      if (asked.status !== 202) throw new Error(`${asked.status} ${JSON.stringify(asked.body)}`);
      const made = await this.find(kind, asked.body[kind].id);
      if (made === undefined) throw new Error(`${kind} ${name} was accepted, but is gone`);
      return made;
    }
    const found = (await this.service.client.ok('GET', `/${kind}s/detail?name=${name}`))[`${kind}s`];
    if (found.length > 1) throw new Error(`${kind} ${name} was made ${found.length} times`);
    return found[0];
  }

  /** Deletes a volume and waits until it is gone. */
  async erase(volumeId: string): Promise<void> {
    await this.service.client.ok('DELETE', `/volumes/${volumeId}`);
    await this.service.client.gone('volume', volumeId, 10);
  }

  /** Waits until nothing is in a status in progress and the journal has nothing left to do. */
  async settled(): Promise<void> {
    let last = '';
    const look = async () => {
      const { volumes } = await this.service.client.ok('GET', '/volumes/detail');
      const { backups } = await this.service.client.ok('GET', '/backups/detail');
      const passing = [...volumes, ...backups].filter(
        ({ status }: Json) => status !== 'available' && !status.startsWith('error'),
      );
      const { unfinished } = this.recorded();
      last = JSON.stringify({ passing, unfinished });
      return passing.length === 0 && unfinished.length === 0;
    };
    await waitFor('everything to settle', look, { timeoutMs: 60_000, intervalMs: 10 }).catch(
      (cause: unknown) => {
        throw new Error(`stuck: ${last}\n${this.service.output().slice(-8_000)}`, { cause });
      },
    );
  }

  /** Reads the database past the service. */
  recorded(): Recorded {
    return this.#database((database) => ({
      unfinished: database
        .prepare(
          "SELECT kind || ' ' || object_id || ' ' || state AS entry FROM journal_entries WHERE state IN ('running', 'undoing')",
        )
        .all()
        .map(({ entry }) => String(entry)),
      halfDone:
        database
          .prepare('SELECT 1 FROM dirty_destinations WHERE durable_bytes > 0 AND durable_bytes < length')
          .get() !== undefined,
    }));
  }

  /** Why a volume or backup is in error, in words. @throws Error when it does not say */
  reason(kind: 'volume' | 'backup', id: string): string {
    const row = this.#database((database) =>
      database.prepare(`SELECT failure FROM ${kind}s WHERE id = ?`).get(id),
    );
    const failure = row?.['failure'];
    if (typeof failure !== 'string' || failure === '')
      throw new Error(`${kind} ${id} is in error and does not say why`);
    return failure;
  }

  #database<Value>(look: (database: DatabaseSync) => Value): Value {
    const database = new DatabaseSync(join(this.directory, 'state', 'scoria.db'), { readOnly: true });
    try {
      return look(database);
    } finally {
      database.close();
    }
  }
}
