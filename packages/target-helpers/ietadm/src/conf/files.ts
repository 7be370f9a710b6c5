import { createHash } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { replaceFile, withHostLock } from '@scoria/target-kit';
import type { TargetRecord } from '../record.ts';
import { allowedIn, withAllowed } from './initiatorsAllow.ts';
import { formatSegments, parseSegments, withStanza } from './segments.ts';
import { formatStanza, parseStanza } from './stanza.ts';

async function textOf(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}

/** A stanza for a target that is not ours: whose it is cannot be told. */
export type Stored = TargetRecord | 'foreign' | undefined;

/**
 * ietd.conf, which ietd makes its targets from when it starts, and initiators.allow, which it reads at each login. Both are everybody's: they
 * are changed under a lock of the host, one stanza and one line at a time.
 */
export class IetFiles {
  readonly confPath: string;
  readonly #allowPath: string;
  readonly #tag: string;

  /** @param stateDir whose targets these are: its tag is in each stanza */
  constructor(confPath: string, allowPath: string, stateDir: string) {
    this.confPath = confPath;
    this.#allowPath = allowPath;
    this.#tag = createHash('sha256').update(stateDir).digest('hex').slice(0, 8);
  }

  async read(iqn: string): Promise<Stored> {
    const segments = parseSegments((await textOf(this.confPath)) ?? '');
    const found = segments.find((each) => each.kind === 'target' && each.iqn === iqn);
    return found && (parseStanza(iqn, found.lines, this.#tag) ?? 'foreign');
  }

  /** All that are ours. */
  async readAll(): Promise<TargetRecord[]> {
    return parseSegments((await textOf(this.confPath)) ?? '').flatMap((each) => {
      const record = each.kind === 'target' ? parseStanza(each.iqn, each.lines, this.#tag) : null;
      return record === null ? [] : [record];
    });
  }

  async write(record: TargetRecord): Promise<void> {
    const lines = formatStanza(record, this.#tag);
    await this.#change(this.confPath, (text) =>
      formatSegments(withStanza(parseSegments(text ?? ''), record.iqn, lines)),
    );
  }

  /** Absent is success. */
  async remove(iqn: string): Promise<void> {
    await this.#change(this.confPath, (text) =>
      text === null ? null : formatSegments(withStanza(parseSegments(text), iqn, null)),
    );
  }

  /** Who may log in to a target by now; undefined when the file says nothing of it. */
  async allowed(iqn: string): Promise<string[] | undefined> {
    return allowedIn((await textOf(this.#allowPath)) ?? '', iqn);
  }

  /** Says who may log in to a target, from the next login on; null: says nothing of it any more. */
  async allow(iqn: string, initiators: readonly string[] | null): Promise<void> {
    await this.#change(this.#allowPath, (text) =>
      text === null && initiators === null ? null : withAllowed(text, iqn, initiators),
    );
  }

  /** @param change null: nothing is to be written */
  async #change(path: string, change: (text: string | null) => string | null): Promise<void> {
    await mkdir(dirname(path), { recursive: true });
    await withHostLock(`${path}.scoria-lock`, async () => {
      const before = await textOf(path);
      const after = change(before);
      if (after !== null && after !== before) await replaceFile(path, after);
    });
  }
}
