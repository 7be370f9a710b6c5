import { z } from 'zod';
import { volumeStatuses } from '../../model/index.ts';
import { connectorBodySchema } from './connector.ts';
import { booleanSchema, gibSchema, uuidSchema } from './scalars.ts';

/** Cinder's schema also admits text for a connector, which no driver can use. */
const connector = connectorBodySchema;

/** Argument of `os-extend`. */
export const extendSchema = z.strictObject({ new_size: gibSchema });
/** Argument of `os-set_bootable`. */
export const setBootableSchema = z.strictObject({ bootable: booleanSchema });
/** Argument of `os-update_readonly_flag`. */
export const readOnlySchema = z.strictObject({ readonly: booleanSchema });

/** Argument of `os-attach`. */
export const attachSchema = z
  .strictObject({
    instance_uuid: uuidSchema.optional(),
    mountpoint: z.string().min(1, 'must not be empty').max(255, 'must be at most 255 characters'),
    host_name: z.string().max(255, 'must be at most 255 characters').optional(),
    mode: z.enum(['rw', 'ro']).default('rw'),
  })
  .refine(
    (body) => body.instance_uuid !== undefined || body.host_name !== undefined,
    'must have instance_uuid or host_name',
  );

/** Argument of `os-detach`. */
export const detachSchema = z.strictObject({ attachment_id: uuidSchema.nullish() }).nullable();
/** Argument of `os-initialize_connection`. */
export const initializeConnectionSchema = z.strictObject({ connector });
/** Argument of `os-terminate_connection`. */
export const terminateConnectionSchema = z.strictObject({ connector: connector.nullable() });
/** Argument of `os-force_detach`. */
export const forceDetachSchema = z.strictObject({
  connector: connector.nullish(),
  attachment_id: uuidSchema.nullish(),
});

const lower = z.string().trim().toLowerCase();
const migrationStatuses = ['none', 'migrating', 'error', 'success', 'completing', 'starting'] as const;

/** Argument of `os-reset_status`. */
export const resetVolumeStatusSchema = z
  .strictObject({
    status: lower.pipe(z.enum(volumeStatuses)).nullish(),
    attach_status: lower.pipe(z.enum(['attached', 'detached'])).nullish(),
    migration_status: lower.pipe(z.enum(migrationStatuses)).nullish(),
  })
  .refine(
    (body) => Boolean(body.status ?? body.attach_status ?? body.migration_status),
    "must specify 'status', 'attach_status' or 'migration_status' for update",
  );
