import { z } from 'zod';
import { progressOperations } from '../../model/index.ts';
import { timeSchema } from './scalars.ts';

/** Name of the field by which an object shows the work under way on it; absent otherwise. */
export const progressField = 'scoria:progress';

/** How far long work on an object is. */
export const progressSchema = z
  .strictObject({
    operation: z.enum(progressOperations),
    done_bytes: z.number().int(),
    total_bytes: z.number().int().nullable().describe('Null while it is not known'),
    updated_at: timeSchema,
  })
  .describe('While long work is under way');

/** Progress in an answer. */
export type ProgressView = z.infer<typeof progressSchema>;
