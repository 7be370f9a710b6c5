import { z } from 'zod';
import { ownedObjectSchema } from '../model/owned.ts';
import { volumeStatsSchema } from '../model/stats.ts';
import { operation } from './define.ts';

const empty = z.object({});

/** Life cycle and information (contract.md §3.1). */
export const lifecycleOperations = {
  doSetup: operation({
    summary: 'Prepares the driver: opens connections, makes directories. Called once after `configure`.',
    params: empty,
    result: empty,
    errors: ['INVALID_CONFIGURATION'],
    idempotency: 'A second call finds everything prepared and changes nothing.',
    deadlineMs: 60_000,
    cancel: 'ignore',
    required: true,
  }),
  checkForSetupError: operation({
    summary: 'Says whether the driver can work here: tools, permissions, daemons, reachability.',
    params: empty,
    result: empty,
    errors: ['INVALID_CONFIGURATION'],
    idempotency: 'Reads only.',
    deadlineMs: 60_000,
    cancel: 'ignore',
    required: true,
  }),
  getVersion: operation({
    summary: 'The version of the driver.',
    params: empty,
    result: z.object({ version: z.string().describe('Of the driver, for people.') }),
    errors: [],
    idempotency: 'Reads only.',
    deadlineMs: 5_000,
    cancel: 'ignore',
    required: true,
  }),
  getVolumeStats: operation({
    summary: 'Capacity and capabilities, one entry per pool.',
    params: z.object({
      refresh: z
        .boolean()
        .default(false)
        .describe('Whether to ask the backend anew instead of answering what was last seen.'),
    }),
    result: volumeStatsSchema,
    errors: [],
    idempotency: 'Reads only.',
    deadlineMs: 30_000,
    cancel: 'ignore',
    required: true,
  }),
  listOwned: operation({
    summary:
      'Everything this driver owns on its backend: volumes, snapshots, targets, access rights, sessions.',
    params: z.object({
      after: z.string().optional().describe('Where the page before ended; absent: the first page.'),
    }),
    result: z.object({
      objects: z.array(ownedObjectSchema).describe('Everything, in no particular order.'),
      next: z
        .string()
        .optional()
        .describe('Where this page ends, when there are more than fit on a line; absent: that is all.'),
    }),
    errors: [],
    idempotency: 'Reads only.',
    deadlineMs: 60_000,
    cancel: 'ignore',
    required: true,
  }),
};
