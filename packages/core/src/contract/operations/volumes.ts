import { z } from 'zod';
import { bytesSchema } from '../bytes.ts';
import { identitySchema } from '../model/identity.ts';
import { snapshotSchema } from '../model/snapshot.ts';
import { volumeSchema, volumeUpdateSchema } from '../model/volume.ts';
import { workDoneSchema, workSchema } from '../model/work.ts';
import { operation } from './define.ts';

const created = z.object({
  update: volumeUpdateSchema.default({}),
  work: z
    .array(workSchema)
    .default([])
    .describe('Bytes that the kernel must still move before the volume may be used.'),
});

/** Volumes: create, clone, delete, extend (contract.md §3.2). */
export const volumeOperations = {
  createVolume: operation({
    summary: 'Makes an empty volume of `volume.size` bytes that reads as zero.',
    params: z.object({ volume: volumeSchema }),
    result: created,
    errors: ['ALREADY_EXISTS', 'NO_SPACE', 'SIZE_UNSUPPORTED'],
    idempotency: 'The same name and size again returns the existing volume; another size is ALREADY_EXISTS.',
    deadlineMs: 120_000,
    cancel: 'stop',
    required: true,
  }),
  createVolumeFromSnapshot: operation({
    summary: 'Makes a volume with the content of a snapshot; larger than it if `volume.size` says so.',
    params: z.object({ volume: volumeSchema, snapshot: snapshotSchema }),
    result: created,
    errors: ['ALREADY_EXISTS', 'NOT_FOUND', 'NO_SPACE', 'SIZE_UNSUPPORTED'],
    idempotency:
      'As createVolume. A repeated request names the same work again until the service reports it done.',
    deadlineMs: 300_000,
    cancel: 'stop',
    required: false,
  }),
  createClonedVolume: operation({
    summary: 'Makes a volume with the content of another volume; larger than it if `volume.size` says so.',
    params: z.object({
      volume: volumeSchema,
      source: volumeSchema,
      sourceInUse: z
        .boolean()
        .default(false)
        .describe('Whether the source is attached (a crash-consistent point in time is then required).'),
    }),
    result: created,
    errors: ['ALREADY_EXISTS', 'NOT_FOUND', 'INVALID_VOLUME', 'NO_SPACE', 'SIZE_UNSUPPORTED'],
    idempotency: 'As createVolumeFromSnapshot.',
    deadlineMs: 300_000,
    cancel: 'stop',
    required: false,
  }),
  deleteVolume: operation({
    summary:
      'Removes the volume. Its data cannot be read through any other volume afterwards: where its space will be used again, the driver keeps it and names the wiping as work, and frees it when asked again with `workDone`.',
    params: z.object({ volume: volumeSchema, workDone: workDoneSchema }),
    result: z.object({ work: z.array(workSchema).default([]) }),
    errors: ['VOLUME_IS_BUSY'],
    idempotency:
      'Deleting what is absent succeeds. Without `workDone` the same work is named again; with it none is.',
    deadlineMs: 300_000,
    cancel: 'ignore',
    required: true,
  }),
  extendVolume: operation({
    summary: 'Grows the volume to `newSize` bytes, online where the backend can. Never shrinks.',
    params: z.object({
      volume: volumeSchema,
      newSize: bytesSchema.describe('Size that the volume shall have.'),
    }),
    result: z.object({ size: bytesSchema.describe('Size read back.') }),
    errors: ['NOT_FOUND', 'NO_SPACE', 'SIZE_UNSUPPORTED', 'INVALID_VOLUME'],
    idempotency: 'Extending to the size it has succeeds.',
    deadlineMs: 120_000,
    cancel: 'ignore',
    required: false,
  }),
  localPath: operation({
    summary: 'The path of the volume on this host, when the backend is local.',
    params: z.object({ volume: volumeSchema }),
    result: z.object({
      path: z.string().startsWith('/').describe('Absolute path of a file or block device.'),
      identity: identitySchema
        .optional()
        .describe('What the path will show. Without it the service attaches the volume instead.'),
    }),
    errors: ['NOT_FOUND'],
    idempotency: 'Reads only.',
    deadlineMs: 10_000,
    cancel: 'ignore',
    required: false,
  }),
};
