import { z } from 'zod';
import { bytesSchema } from '../bytes.ts';
import { backendNameSchema } from '../model/names.ts';
import { volumeSchema, volumeUpdateSchema } from '../model/volume.ts';
import { workSchema } from '../model/work.ts';
import { operation } from './define.ts';

/** Opaque to the service, passed straight from the API (contract.md §3.2). */
const reference = z
  .record(z.string(), z.string())
  .describe('What to adopt, in terms of the driver: for instance a name or a path.');
/** Where a volume shall go, as the scheduler describes it. */
const targetHost = z
  .object({
    host: z.string().describe('`host@backend#pool`.'),
    capabilities: z.record(z.string(), z.unknown()).default({}).describe('What that host says about itself.'),
  })
  .describe('Where it shall go.');
const hour = 3_600_000;

/** Adoption, migration, retype, transfer (contract.md §3.2). */
export const managementOperations = {
  manageExisting: operation({
    summary: 'Adopts an existing backend object as this volume.',
    params: z.object({ volume: volumeSchema, reference }),
    result: z.object({
      update: volumeUpdateSchema.default({}),
      name: backendNameSchema
        .optional()
        .describe('Name that the object keeps on the backend, when it is not renamed.'),
    }),
    errors: ['INVALID_REFERENCE', 'VOLUME_TYPE_MISMATCH', 'ALREADY_EXISTS'],
    idempotency: 'Adopting what this volume already is succeeds.',
    deadlineMs: 60_000,
    cancel: 'ignore',
    required: false,
  }),
  manageExistingGetSize: operation({
    summary: 'The exact size in bytes of an object to adopt; the REST edge rounds it up to GiB.',
    params: z.object({ volume: volumeSchema, reference }),
    result: z.object({ size: bytesSchema.describe('Exact size of the object.') }),
    errors: ['INVALID_REFERENCE'],
    idempotency: 'Reads only.',
    deadlineMs: 30_000,
    cancel: 'ignore',
    required: false,
  }),
  unmanage: operation({
    summary: 'Lets go of a volume without deleting its data.',
    params: z.object({ volume: volumeSchema }),
    result: z.object({}),
    errors: [],
    idempotency: 'Letting go twice succeeds.',
    deadlineMs: 60_000,
    cancel: 'ignore',
    required: false,
  }),
  migrateVolume: operation({
    summary: 'Moves a volume to another host inside the backend; `migrated: false` makes the caller copy it.',
    params: z.object({
      volume: volumeSchema,
      host: targetHost,
    }),
    result: z.object({
      migrated: z.boolean().describe('Whether it was moved.'),
      update: volumeUpdateSchema.default({}),
    }),
    errors: ['NOT_FOUND', 'NO_SPACE'],
    idempotency: 'Migrating to where it is succeeds.',
    deadlineMs: 24 * hour,
    cancel: 'stop',
    required: false,
  }),
  retype: operation({
    summary: 'Changes the type of a volume in place; `retyped: false` makes the caller migrate it.',
    params: z.object({
      volume: volumeSchema,
      newType: z
        .object({
          id: z.string().describe('Identifier of the type.'),
          name: z.string().describe('Name of the type.'),
          extraSpecs: z.record(z.string(), z.string()).describe('Extra specs of the type.'),
        })
        .describe('The type it shall have.'),
      diff: z
        .record(z.string(), z.tuple([z.string().nullable(), z.string().nullable()]))
        .describe('Extra specs that change: old and new value.'),
      host: targetHost,
    }),
    result: z.object({
      retyped: z.boolean().describe('Whether it now has the type.'),
      update: volumeUpdateSchema.default({}),
      work: z.array(workSchema).default([]),
    }),
    errors: ['NOT_FOUND', 'VOLUME_TYPE_MISMATCH'],
    idempotency: 'Retyping to the type it has succeeds.',
    deadlineMs: hour,
    cancel: 'ignore',
    required: false,
  }),
  acceptTransfer: operation({
    summary: 'Hands a volume to another user and project.',
    params: z.object({
      volume: volumeSchema,
      newUser: z.string().describe('User that receives it.'),
      newProject: z.string().describe('Project that receives it.'),
    }),
    result: z.object({ update: volumeUpdateSchema.default({}) }),
    errors: ['NOT_FOUND'],
    idempotency: 'Accepting twice succeeds.',
    deadlineMs: 60_000,
    cancel: 'ignore',
    required: false,
  }),
};
