import { z } from 'zod';
import { bytes, bytesSchema } from '../bytes.ts';
import { snapshotSchema } from '../model/snapshot.ts';
import { volumeSchema, volumeUpdateSchema } from '../model/volume.ts';
import { workSchema } from '../model/work.ts';
import { operation } from './define.ts';

const hour = 3_600_000;
const work = z.object({ work: z.array(workSchema).default([]) });

/**
 * Data path (contract.md §3.4, §6). A driver implements one of these only when its backend can do better than the
 * kernel's generic way (attach plus data-mover); it then names work or does it inside the array.
 */
export const dataPathOperations = {
  copyVolumeData: operation({
    summary: 'Copies one volume onto another inside the backend.',
    params: z.object({ source: volumeSchema, destination: volumeSchema }),
    result: work,
    errors: ['NOT_FOUND', 'NO_SPACE'],
    idempotency: 'The same copy again yields the same destination.',
    deadlineMs: hour,
    cancel: 'stop',
    required: false,
  }),
  copyImageToVolume: operation({
    summary: 'Writes an image onto a volume inside the backend.',
    params: z.object({
      volume: volumeSchema,
      imageId: z.string().describe('Identifier of the image.'),
      imageLocation: z
        .string()
        .nullable()
        .describe('Where the image store keeps it; its form depends on the store.'),
      diskFormat: z.string().describe('Format of the image. Never guessed from its content.'),
    }),
    result: work,
    errors: ['NOT_FOUND', 'IMAGE_UNACCEPTABLE', 'NO_SPACE'],
    idempotency: 'The same image again yields the same volume.',
    deadlineMs: hour,
    cancel: 'stop',
    required: false,
  }),
  copyVolumeToImage: operation({
    summary: 'Uploads a volume as an image inside the backend.',
    params: z.object({
      volume: volumeSchema,
      imageId: z.string().describe('Identifier of the image.'),
      imageLocation: z
        .string()
        .nullable()
        .describe('Where the image store keeps it; its form depends on the store.'),
      diskFormat: z.string().describe('Format of the image. Never guessed from its content.'),
    }),
    result: work,
    errors: ['NOT_FOUND'],
    idempotency: 'The same upload again yields the same image.',
    deadlineMs: hour,
    cancel: 'stop',
    required: false,
  }),
  cloneImage: operation({
    summary:
      'Makes a volume of an image that the backend already holds; `cloned: false` makes the caller download it.',
    params: z.object({
      volume: volumeSchema,
      imageId: z.string().describe('Identifier of the image.'),
      imageLocation: z
        .string()
        .nullable()
        .describe('Where the image store keeps it; its form depends on the store.'),
      imageMeta: z
        .looseObject({ disk_format: z.string().describe('Format of the image.') })
        .describe('Properties of the image.'),
    }),
    result: z.object({
      cloned: z.boolean().describe('Whether the volume was made.'),
      update: volumeUpdateSchema.default({}),
    }),
    errors: ['ALREADY_EXISTS', 'IMAGE_UNACCEPTABLE', 'NO_SPACE', 'SIZE_UNSUPPORTED'],
    idempotency: 'As createVolume.',
    deadlineMs: 300_000,
    cancel: 'stop',
    required: false,
  }),
  clearDownload: operation({
    summary: 'Removes what an interrupted image download left.',
    params: z.object({ volume: volumeSchema }),
    result: z.object({}),
    errors: [],
    idempotency: 'Clearing what is clear succeeds.',
    deadlineMs: 60_000,
    cancel: 'ignore',
    required: false,
  }),
  backupVolume: operation({
    summary: 'Backs a volume up inside the backend.',
    params: z.object({
      volume: volumeSchema,
      backupId: z.string().describe('Identifier of the backup.'),
      parentId: z
        .string()
        .nullable()
        .default(null)
        .describe('The backup this one adds to; null: a full one.'),
    }),
    result: work,
    errors: ['NOT_FOUND'],
    idempotency: 'The same backup again is the same backup.',
    deadlineMs: 24 * hour,
    cancel: 'stop',
    required: false,
  }),
  restoreBackup: operation({
    summary: 'Restores a backup onto a volume inside the backend.',
    params: z.object({ volume: volumeSchema, backupId: z.string().describe('Identifier of the backup.') }),
    result: work,
    errors: ['NOT_FOUND', 'NO_SPACE'],
    idempotency: 'The same restore again yields the same volume.',
    deadlineMs: 24 * hour,
    cancel: 'stop',
    required: false,
  }),
  deleteBackup: operation({
    summary: 'Removes a backup that the driver made by backupVolume.',
    params: z.object({ backupId: z.string().describe('Identifier of the backup.') }),
    result: z.object({}),
    errors: [],
    idempotency: 'Deleting what is absent succeeds.',
    deadlineMs: hour,
    cancel: 'ignore',
    required: false,
  }),
  listChangedExtents: operation({
    summary:
      'Names what may differ between a snapshot of a volume and a later one, or the volume as it is now, so that a backup need not read the rest. What is named may be unchanged; what is not named is equal.',
    params: z.object({
      volume: volumeSchema,
      base: snapshotSchema.describe('The earlier snapshot.'),
      current: snapshotSchema
        .nullable()
        .default(null)
        .describe('The later snapshot; null: the volume as it is now, which nobody writes to meanwhile.'),
      from: bytesSchema.default(bytes(0)).describe('Where the list begins: 0, or `next` of the page before.'),
    }),
    result: z.object({
      extents: z
        .array(
          z.object({
            offset: bytesSchema.describe('First byte.'),
            length: bytesSchema.describe('How many bytes, above 0.'),
          }),
        )
        .max(4096)
        .describe('In ascending order, without overlap, within the size of the smaller of the two.'),
      next: bytesSchema
        .nullable()
        .default(null)
        .describe('Where the next page begins, above `from`; null: this was the last.'),
    }),
    errors: ['NOT_FOUND'],
    idempotency: 'The same two states give the same list.',
    deadlineMs: hour,
    cancel: 'stop',
    required: false,
  }),
};
