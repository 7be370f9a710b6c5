import type { Ground } from './ground.ts';
import { ZEROED } from './lvm/tags.ts';
import type { LvFacts } from './report/facts.ts';

/**
 * Whether the extents of a new thick volume have to be zeroed before it is used. They need not where the group is known to have only such
 * free extents, and not where the operator lets the next volume show the bytes of the last (`volume_clear: none`).
 */
export function needsZeroing({ options }: Pick<Ground, 'options'>, lv: LvFacts): boolean {
  return lv.type === 'thick' && options.volume_clear !== 'none' && !lv.groupTags.includes(ZEROED);
}
