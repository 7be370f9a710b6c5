import { z } from 'zod';
import { connectionInfoSchema } from '../model/connectionInfo.ts';
import { connectorSchema } from '../model/connector.ts';
import { volumeSchema, volumeUpdateSchema } from '../model/volume.ts';
import { operation } from './define.ts';

const connection = z.object({ connector: connectorSchema, connectionInfo: connectionInfoSchema });
const exported = z.object({ update: volumeUpdateSchema.default({}) });

/** Export and connection (contract.md §3.3). */
export const exportOperations = {
  validateConnector: operation({
    summary: 'Checks that a connector has what the transport needs.',
    params: z.object({ connector: connectorSchema }),
    result: z.object({}),
    errors: ['INVALID_CONNECTOR'],
    idempotency: 'Reads only.',
    deadlineMs: 10_000,
    cancel: 'ignore',
    required: true,
  }),
  createExport: operation({
    summary:
      'Makes the volume reachable (a target with its LUN). Nobody has access yet. Verified by reading back.',
    params: z.object({ volume: volumeSchema, connector: connectorSchema.nullish() }),
    result: exported,
    errors: ['NOT_FOUND', 'EXPORT_FAILURE', 'TARGET_CREATE_FAILED', 'NO_MORE_TARGETS'],
    idempotency:
      'An existing export is checked, repaired where it differs, and returned; credentials are kept.',
    deadlineMs: 60_000,
    cancel: 'stop',
    required: true,
  }),
  ensureExport: operation({
    summary: 'Brings an export back as it was, with the stored credentials of all its connections.',
    params: z.object({
      volume: volumeSchema,
      connections: z
        .array(connection)
        .default([])
        .describe('Every connection that must work again, with what was answered for it.'),
    }),
    result: exported,
    errors: [
      'NOT_FOUND',
      'EXPORT_FAILURE',
      'TARGET_CREATE_FAILED',
      'TARGET_ATTACH_FAILED',
      'NO_MORE_TARGETS',
    ],
    idempotency: 'An export that is as it should be is left alone.',
    deadlineMs: 60_000,
    cancel: 'ignore',
    required: true,
  }),
  removeExport: operation({
    summary: 'Removes the export. Tells "absent" (success) from "could not tell" (an error).',
    params: z.object({
      volume: volumeSchema,
      force: z.boolean().default(false).describe('Drops live sessions.'),
    }),
    result: z.object({}),
    errors: ['REMOVE_EXPORT_FAILED', 'TARGET_REMOVE_FAILED', 'VOLUME_IS_BUSY'],
    idempotency: 'Removing what is absent succeeds.',
    deadlineMs: 60_000,
    cancel: 'ignore',
    required: true,
  }),
  initializeConnection: operation({
    summary:
      'Gives one initiator access and says how it reaches the volume, and what identity the device will show.',
    params: z.object({
      volume: volumeSchema,
      connector: connectorSchema,
      readOnly: z.boolean().default(false).describe('Whether the initiator may only read.'),
      previous: connectionInfoSchema
        .nullish()
        .describe('What was answered before for this initiator: its credentials are kept.'),
    }),
    result: z.object({ connectionInfo: connectionInfoSchema }),
    errors: ['INVALID_CONNECTOR', 'INVALID_VOLUME', 'TARGET_ATTACH_FAILED', 'TARGET_NOT_FOUND'],
    idempotency: 'The same initiator again gets the same answer, credentials included.',
    deadlineMs: 60_000,
    cancel: 'stop',
    required: true,
  }),
  terminateConnection: operation({
    summary: 'Revokes one initiator; others keep their access.',
    params: z.object({
      volume: volumeSchema,
      connector: connectorSchema.nullable().describe('Null: every initiator.'),
      force: z.boolean().default(false).describe('Drops live sessions of the initiator.'),
    }),
    result: z.object({
      connectionInfo: connectionInfoSchema
        .nullable()
        .default(null)
        .describe('Set when zones must be removed (Fibre Channel).'),
    }),
    errors: ['INVALID_CONNECTOR', 'TARGET_DETACH_FAILED', 'VOLUME_IS_BUSY'],
    idempotency: 'Revoking what has no access succeeds.',
    deadlineMs: 60_000,
    cancel: 'ignore',
    required: true,
  }),
  attachVolume: operation({
    summary: 'Notification after a volume was attached to an instance or a host.',
    params: z.object({
      volume: volumeSchema,
      instanceId: z.string().nullable().describe('The instance that has it, if any.'),
      hostName: z.string().nullable().describe('The host that has it, if any.'),
      mountpoint: z.string().nullable().describe('Where the instance sees it.'),
    }),
    result: z.object({}),
    errors: [],
    idempotency: 'Has no effect that counts twice.',
    deadlineMs: 30_000,
    cancel: 'ignore',
    required: false,
  }),
  detachVolume: operation({
    summary: 'Notification before an attachment record is removed.',
    params: z.object({
      volume: volumeSchema,
      instanceId: z
        .string()
        .nullish()
        .describe('The instance that had it, if any. Neither instance nor host: every attachment ends.'),
      hostName: z.string().nullish().describe('The host that had it, if any.'),
      mountpoint: z.string().nullish().describe('Where the instance saw it.'),
    }),
    result: z.object({}),
    errors: [],
    idempotency: 'Has no effect that counts twice.',
    deadlineMs: 30_000,
    cancel: 'ignore',
    required: false,
  }),
};
