import type { Kind } from './names.ts';

const OWNER = 'scoria.owner=';
const VOLUME = 'scoria.volume=';
const SNAPSHOT = 'scoria.snapshot=';
const ORIGIN = 'scoria.of=';
const DIRTY = 'scoria.dirty-from=';

/** Of a logical volume that is not complete yet; nobody uses it. */
export const MAKING = 'scoria.making';
/** Of a logical volume whose wiping was named: it is gone for everybody but its deletion. */
export const DELETING = 'scoria.deleting';
/** Of a group: all of its free extents read as zero. Set by who made the group; taken off when space is freed that was not wiped. */
export const ZEROED = 'scoria.zeroed';
/** Of a thin pool that the store made. */
export const POOL = 'scoria.pool';

/** What the tags of a logical volume say. */
export interface Mark {
  readonly owner: string;
  readonly kind: Kind;
  readonly name: string;
  /** Of a snapshot: the name of its volume. */
  readonly origin: string | undefined;
  /** Where bytes begin that have not been zeroed since the volume grew. */
  readonly dirtyFrom: number | undefined;
  readonly state: 'complete' | 'making' | 'deleting';
}

/** The tags that make a logical volume ours. Backend names have only characters that tags may have (lvm(8)). */
export function tagsOf(owner: string, kind: Kind, name: string, origin?: string): string[] {
  const own = kind === 'volume' ? `${VOLUME}${name}` : `${SNAPSHOT}${name}`;
  return [`${OWNER}${owner}`, own, ...(origin === undefined ? [] : [`${ORIGIN}${origin}`])];
}

/** The tag of a volume whose bytes from there on have to be zeroed. */
export function dirtyTag(from: number): string {
  return `${DIRTY}${from}`;
}

/** What tags say; undefined when they are not those of an object of Scoria, or contradict each other. */
export function markOf(tags: readonly string[]): Mark | undefined {
  const owner = only(tags, OWNER);
  const volume = only(tags, VOLUME);
  const snapshot = only(tags, SNAPSHOT);
  const name = volume ?? snapshot;
  if (owner === undefined || name === undefined || (volume !== undefined && snapshot !== undefined))
    return undefined;
  const dirty = only(tags, DIRTY);
  return {
    owner,
    kind: volume === undefined ? 'snapshot' : 'volume',
    name,
    origin: only(tags, ORIGIN),
    dirtyFrom: dirty === undefined ? undefined : Number(dirty),
    state: tags.includes(DELETING) ? 'deleting' : tags.includes(MAKING) ? 'making' : 'complete',
  };
}

/** All tags of ours among these. */
export function ourTags(tags: readonly string[]): string[] {
  return tags.filter((tag) => tag.startsWith('scoria.'));
}

function only(tags: readonly string[], prefix: string): string | undefined {
  const [first, ...more] = tags.filter((tag) => tag.startsWith(prefix));
  return more.length > 0 ? undefined : first?.slice(prefix.length);
}
