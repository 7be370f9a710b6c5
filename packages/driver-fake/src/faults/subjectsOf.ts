import { z } from '@scoria/driver-sdk';

const subject = z.object({ id: z.string(), name: z.string() });
const subjects = z.object({
  volume: subject.optional(),
  snapshot: subject.optional(),
  source: subject.optional(),
  destination: subject.optional(),
});

/** Names and ids of the volumes and snapshots that a call is about. */
export function subjectsOf(params: unknown): Set<string> {
  const found = subjects.safeParse(params).data ?? {};
  return new Set(Object.values(found).flatMap((each) => (each === undefined ? [] : [each.id, each.name])));
}
