import type { ProgressRecord } from '../../model/index.ts';
import { type ProgressView, progressField } from '../schemas/progress.ts';
import { cinderTime } from './time.ts';

/** What to spread into an object's view: the field, or nothing when nothing is under way. */
export function progressFields(record: ProgressRecord | undefined): { [progressField]?: ProgressView } {
  if (record === undefined) return {};
  return {
    [progressField]: {
      operation: record.operation,
      done_bytes: record.doneBytes,
      total_bytes: record.totalBytes,
      updated_at: cinderTime(record.updatedAt),
    },
  };
}
