import { z } from 'zod';
import { snapshotSchema, snapshotUpdateSchema } from '../model/snapshot.ts';
import { workDoneSchema, workSchema } from '../model/work.ts';
import { operation } from './define.ts';

/** Snapshots (contract.md §3.2). */
export const snapshotOperations = {
  createSnapshot: operation({
    summary: 'Takes a point-in-time copy of a volume.',
    params: z.object({ snapshot: snapshotSchema }),
    result: z.object({ update: snapshotUpdateSchema.default({}), work: z.array(workSchema).default([]) }),
    errors: ['ALREADY_EXISTS', 'NOT_FOUND', 'INVALID_VOLUME', 'NO_SPACE'],
    idempotency: 'The same snapshot again returns the existing one; it is not taken anew.',
    deadlineMs: 120_000,
    cancel: 'stop',
    required: false,
  }),
  deleteSnapshot: operation({
    summary: 'Removes a snapshot. Work and `workDone` are as those of deleteVolume.',
    params: z.object({ snapshot: snapshotSchema, workDone: workDoneSchema }),
    result: z.object({ work: z.array(workSchema).default([]) }),
    errors: ['SNAPSHOT_IS_BUSY'],
    idempotency:
      'Deleting what is absent succeeds. Without `workDone` the same work is named again; with it none is.',
    deadlineMs: 300_000,
    cancel: 'ignore',
    required: false,
  }),
};
