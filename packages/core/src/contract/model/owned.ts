import { z } from 'zod';
import { bytesSchema } from '../bytes.ts';

/** One thing a driver owns on its backend: what makes orphans findable (field-notes.md part 3, 1). */
export const ownedObjectSchema = z
  .object({
    kind: z.enum(['volume', 'snapshot', 'target', 'access', 'session', 'other']).describe('What it is.'),
    name: z
      .string()
      .nullable()
      .describe('Backend name of the volume or snapshot it belongs to, when that can be told.'),
    reference: z.string().describe('The thing itself: a path, an IQN, an IQN plus initiator.'),
    size: bytesSchema.optional().describe('Size of a volume or snapshot.'),
    intact: z
      .boolean()
      .optional()
      .describe(
        'Of a target: whether it is there as its driver has recorded it, access and all; false: ensuring its export repairs it. Absent: the driver has not compared.',
      ),
    detail: z.record(z.string(), z.string()).default({}).describe('Further facts for people.'),
  })
  .meta({
    id: 'OwnedObject',
    description: 'One thing a driver owns on its backend: what makes orphans findable.',
  });

/** One thing a driver owns on its backend. */
export type OwnedObject = z.infer<typeof ownedObjectSchema>;
