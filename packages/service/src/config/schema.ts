import { z } from 'zod';

/** What a backend section may be called: it becomes part of `host@backend#pool`. */
export const sectionNamePattern = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/;

const path = z.string().min(1, 'a path');
const limit = z.number().int().min(-1);
/** What is in it is checked by a file of its own, with the options of what its `type` names. */
const sectionSchema = z.record(z.string(), z.unknown());

/** `address:port`, IPv6 in brackets. */
const listenSchema = z
  .string()
  .regex(/^(\[[0-9A-Fa-f:.]+\]|[^\s:[\]]+):\d{1,5}$/, 'address:port, with IPv6 in brackets')
  .refine((text) => Number(text.slice(text.lastIndexOf(':') + 1)) <= 65_535, 'a port from 0 to 65535');

const apiSchema = z
  .strictObject({
    socket: path.nullable().optional().describe('Unix socket of the API, mode 0600, without authentication'),
    listen: listenSchema.optional().describe('TCP address of the API; needs tokens_file'),
    tokens_file: path.optional().describe('File of static bearer tokens, mode 0600'),
    project_id: z
      .string()
      .regex(/^[A-Za-z0-9._-]{1,64}$/, 'letters, digits, dot, dash, underscore')
      .optional()
      .describe('Project of callers on the unix socket who name none'),
  })
  .prefault({});

/** The settings of the service. Every other key of the file is a backend section. */
export const settingsSchema = z.object({
  state_dir: path.default('/var/lib/scoria').describe('Directory of records and of what backends keep'),
  host: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9.-]{0,200}$/, 'a host name')
    .optional()
    .describe('Name of this host in records; default: the host name'),
  api: apiSchema.describe('Where the API listens'),
  database: path.optional().describe('SQLite file of the records; default: scoria.db in state_dir'),
  plugin_paths: z
    .array(path)
    .optional()
    .describe(
      'Packages, or folders of packages, to look for plugins in; default: those that came with Scoria',
    ),
  enabled_backends: z
    .array(z.string().regex(sectionNamePattern, 'a section name: letters, digits, dot, dash, underscore'))
    .describe('Names of the backend sections to start'),
  default_volume_type: z.string().min(1).max(255).optional().describe('Type of volumes created without one'),
  volume_types: z
    .record(
      z.string().min(1).max(255),
      z.strictObject({
        description: z.string().max(255).optional(),
        is_public: z.boolean().default(true),
        extra_specs: z.record(z.string(), z.string()).default({}),
      }),
    )
    .default({})
    .describe('Volume types to make at start when they do not exist'),
  availability_zone: z.string().min(1).max(255).default('nova').describe('Zone that volumes are in'),
  quotas: z
    .strictObject({
      volumes: limit.default(-1),
      snapshots: limit.default(-1),
      gigabytes: limit.default(-1),
      backups: limit.default(-1),
      backup_gigabytes: limit.default(-1),
    })
    .prefault({})
    .describe('Most of each per project; -1 is no limit'),
  data_path: z
    .strictObject({
      prefer: z
        .enum(['local', 'attach'])
        .default('local')
        .describe(
          'How the service reaches the bytes of a volume: its local path where the backend has one, or always attached',
        ),
      iscsi_initiator: z
        .enum(['auto', 'userland', 'open-iscsi'])
        .default('auto')
        .describe(
          "What attaches iSCSI volumes to this host; auto: the kernel's initiator where there is one",
        ),
    })
    .prefault({})
    .describe('How the service itself reads and writes volumes'),
  backup: sectionSchema
    .optional()
    .describe(
      'Repository of backups: `type` (directory, s3) and its options, key_file, …; default: no backups',
    ),
  images: sectionSchema
    .optional()
    .describe(
      'Where images come from and go to: `type` (directory, http, glance) and its options, image_conversion_dir, image_cache_dir, …; default: no images',
    ),
  data_mover_threads: z
    .number()
    .int()
    .min(1)
    .max(64)
    .optional()
    .describe('Threads that copy; default: one per core'),
  data_mover_checkpoint_interval: z
    .number()
    .min(1)
    .max(3600)
    .default(5)
    .describe(
      'Seconds of its work that a copy or wipe loses when the service is killed; more where a flush of the disk takes long. Each checkpoint flushes the disk, which may do nothing else meanwhile',
    ),
  log_level: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal'])
    .default('info')
    .describe('Least level to log'),
});

/** Names of the settings, which therefore no backend section can have. */
export const settingNames: readonly string[] = Object.keys(settingsSchema.shape);

/** The service's own keys of a backend section; all others belong to its plugins. */
export const ownSectionKeys = ['volume_driver', 'backing_store', 'iscsi_helper', 'iser_helper'] as const;

export { targetHelperNames as helperNames } from '@scoria/core/contract';
