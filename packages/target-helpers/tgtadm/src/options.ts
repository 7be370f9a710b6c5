/** Options of this helper in a backend section: all that tgt's helpers share. */
export { type TgtOptions, tgtOptionsSchema } from '@scoria/tgt-kit';
