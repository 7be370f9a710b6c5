import { backendNameSchema, bytesSchema, secretSchema, z } from '@scoria/driver-sdk';

/** Who may reach an export. */
const accessSchema = z.object({
  /** IQN, or the sorted WWPNs of a host. */
  initiator: z.string(),
  wwpns: z.array(z.string()).default([]),
  chap: z.object({ username: z.string(), password: secretSchema }).nullable(),
  readOnly: z.boolean(),
});

const exportSchema = z.object({
  /** Target number (iSCSI, iSER) or LUN (Fibre Channel). */
  number: z.number().int().positive(),
  access: z.array(accessSchema),
});

/** Bytes that the service must still copy: a repeated request names them again, until the object is used. */
const pendingCopySchema = z
  .tuple([z.enum(['volumes', 'snapshots']), backendNameSchema])
  .nullable()
  .default(null);

/** Whether its wiping was named: it is kept until that is done. */
const doomedSchema = z.boolean().default(false);

const volumeSchema = z.object({
  id: z.string(),
  size: bytesSchema,
  pool: z.string(),
  /** How it came to be: what a repeated request is compared with. */
  origin: z.string(),
  /** Stands for the bytes: `zero`, `image:<id>`, or what was copied. */
  content: z.string(),
  pendingCopy: pendingCopySchema,
  doomed: doomedSchema,
  /** Snapshot that it depends on. */
  dependsOn: z.string().nullable().default(null),
  type: z.string().nullable().default(null),
  owner: z.object({ user: z.string(), project: z.string() }).nullable().default(null),
  attachments: z
    .array(z.object({ instanceId: z.string().nullable(), hostName: z.string().nullable() }))
    .default([]),
  export: exportSchema.nullable().default(null),
});

const snapshotSchema = z.object({
  id: z.string(),
  volumeName: backendNameSchema,
  size: bytesSchema,
  pool: z.string(),
  content: z.string(),
  pendingCopy: pendingCopySchema,
  doomed: doomedSchema,
});

/** Everything that is on the fake backend, in a form that can be written to a file. */
export const fakeStateSchema = z.object({
  format: z.literal(1),
  /** Next target number or LUN; numbers are not used twice. */
  nextNumber: z.number().int().positive().default(1),
  volumes: z.record(backendNameSchema, volumeSchema).default({}),
  snapshots: z.record(backendNameSchema, snapshotSchema).default({}),
  /** Space that was freed, by the name of the file: what is in it stays until somebody gets it. */
  slots: z.record(backendNameSchema, z.object({ size: bytesSchema })).default({}),
  /** Objects that nobody manages. */
  existing: z
    .record(
      z.string(),
      z.object({
        size: bytesSchema,
        content: z.string(),
        extraSpecs: z.record(z.string(), z.string()).default({}),
      }),
    )
    .default({}),
  images: z.record(z.string(), z.object({ content: z.string(), size: bytesSchema })).default({}),
  backups: z.record(z.string(), z.object({ content: z.string(), size: bytesSchema })).default({}),
});

/** Everything that is on the fake backend. */
export type FakeState = z.output<typeof fakeStateSchema>;
export type FakeVolume = FakeState['volumes'][string];
export type FakeSnapshot = FakeState['snapshots'][string];
export type FakeExport = NonNullable<FakeVolume['export']>;
export type FakeAccess = FakeExport['access'][number];

/** Reads a state; its records have no prototype, so that a volume may be called `constructor`. */
export function decodeState(value: unknown): FakeState | undefined {
  const state = fakeStateSchema.safeParse(value).data;
  if (state === undefined) return undefined;
  const { volumes, snapshots, slots, existing, images, backups } = state;
  for (const record of [volumes, snapshots, slots, existing, images, backups])
    Object.setPrototypeOf(record, null);
  return state;
}

/** A backend with nothing on it. */
export function emptyState(): FakeState {
  const state = decodeState({ format: 1 });
  if (state === undefined) throw new Error('the empty state does not satisfy its own schema');
  return state;
}
