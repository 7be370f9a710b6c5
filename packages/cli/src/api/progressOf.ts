import { type OperationProgress, progressSchema } from './models.ts';

/** How far a long operation on an object is; null while none is under way. */
export function progressOf(object: Readonly<Record<string, unknown>>): OperationProgress | null {
  const parsed = progressSchema.safeParse(object['scoria:progress']);
  return parsed.success ? parsed.data : null;
}
