import { z } from 'zod';
import { bytesSchema } from '../bytes.ts';

/** One thing a driver owns on its backend: what makes orphans findable (field-notes.md part 3, 1). */
export const ownedObjectSchema = z.object({
  kind: z.enum(['volume', 'snapshot', 'target', 'access', 'session', 'other']),
  /** Backend name of the volume or snapshot it belongs to, when that can be told. */
  name: z.string().nullable(),
  /** The thing itself: a path, an IQN, an IQN plus initiator. */
  reference: z.string(),
  size: bytesSchema.optional(),
  detail: z.record(z.string(), z.string()).default({}),
});

/** One thing a driver owns on its backend. */
export type OwnedObject = z.infer<typeof ownedObjectSchema>;
