import { createHash } from 'node:crypto';
import type { Identity, Work } from '@scoria/core/contract';
import type { State } from '../state/index.ts';

/** What is written over a whole object by other means than {@link Work}. */
export interface Writing {
  readonly kind: 'restore' | 'image';
  readonly path: string;
  /** Null when a driver writes it. */
  readonly identity: Identity | null;
  readonly length: number;
}

/** Marks of one run of an operation: which destinations its work has not finished, and how far it is on each. */
export interface WorkMarks {
  /**
   * Marks the destination as dirty before its first byte is written; durable when this resolves.
   *
   * @param doomed whether it is going to be removed after the work.
   * @returns bytes from the start of the range that an earlier run has made durable; 0 for new work.
   */
  begin(piece: Work, doomed: boolean): Promise<number>;
  /** Notes how far it is. */
  reach(piece: Work, durableBytes: number): Promise<void>;
  /** Forgets what an earlier run of the operation has marked as doomed: it is gone. */
  forgetDoomed(): Promise<void>;
  /** The work is done, and the destination as it should be, or gone. */
  clean(piece: Work): Promise<void>;
  /** Marks the whole object while `write` writes it; the mark stays when it fails. */
  whole<Result>(writing: Writing, write: () => Promise<Result>): Promise<Result>;
  /** Marks of another object than the operation's own. */
  of(objectId: string): WorkMarks;
}

/** The marks of a run, of the operation's own object unless another is named. */
export function workMarks(
  state: State,
  entryId: number,
  run: number,
  objectId: string | null = null,
): WorkMarks {
  return {
    begin(piece, doomed) {
      const { path, identity, offset } = piece.kind === 'copy' ? piece.destination : piece.target;
      const mark = {
        entryId,
        objectId,
        piece: digestOf(piece),
        kind: piece.kind,
        path,
        identity: JSON.stringify(identity),
        first: offset,
        length: piece.length,
        doomed,
        run,
      };
      return state.transaction(({ dirty }) => dirty.mark(mark), { durable: true });
    },
    reach: (piece, durableBytes) => state.dirty.reach(entryId, digestOf(piece), durableBytes),
    forgetDoomed: () => state.dirty.forgetDoomed(entryId, run),
    clean: (piece) => state.dirty.clean(entryId, digestOf(piece)),
    async whole({ kind, path, identity, length }, write) {
      const piece = `${kind} ${objectId}`;
      const mark = { entryId, objectId, piece, kind, path, identity: JSON.stringify(identity), first: 0 };
      await state.transaction(({ dirty }) => dirty.mark({ ...mark, length, doomed: false, run }), {
        durable: true,
      });
      const result = await write();
      await state.dirty.clean(entryId, piece);
      return result;
    },
    of: (other) => workMarks(state, entryId, run, other),
  };
}

/**
 * Tells work apart. Paths do not count, identities do: a device may come back under another name. Nor does `destinationIsZero`: what was
 * empty before is not after the first bytes.
 */
function digestOf(piece: Work): string {
  const { kind, length } = piece;
  const parts =
    piece.kind === 'copy'
      ? [piece.source.identity, piece.source.offset, piece.destination.identity, piece.destination.offset]
      : [piece.target.identity, piece.target.offset, piece.method, piece.guarantee];
  return createHash('sha256')
    .update(JSON.stringify([kind, length, ...parts]))
    .digest('hex');
}
