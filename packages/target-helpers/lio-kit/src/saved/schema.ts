import { z } from '@scoria/driver-sdk';

/** Values of attributes, as rtslib writes them. */
const attributes = z.record(z.string(), z.union([z.number(), z.string()]));

/** A backstore in the file. Keys that we do not read are kept. */
export const savedBackstoreSchema = z.looseObject({
  plugin: z.string(),
  name: z.string(),
  dev: z.string().optional(),
  wwn: z.string().optional(),
  write_back: z.boolean().optional(),
  attributes: attributes.optional(),
});

const savedMappedLunSchema = z.looseObject({
  index: z.number().int(),
  tpg_lun: z.number().int().optional(),
  write_protect: z.boolean().optional(),
});

/** What an initiator may do, in the file. */
export const savedAclSchema = z.looseObject({
  node_wwn: z.string(),
  chap_userid: z.string().optional(),
  chap_password: z.string().optional(),
  attributes: attributes.optional(),
  mapped_luns: z.array(savedMappedLunSchema).default([]),
});

const savedPortalSchema = z.looseObject({
  ip_address: z.string(),
  port: z.number().int(),
  iser: z.boolean().default(false),
});

const savedLunSchema = z.looseObject({ index: z.number().int(), storage_object: z.string() });

const savedGroupSchema = z.looseObject({
  tag: z.number().int(),
  luns: z.array(savedLunSchema).default([]),
  portals: z.array(savedPortalSchema).default([]),
  node_acls: z.array(savedAclSchema).default([]),
});

/** A target in the file. */
export const savedTargetSchema = z.looseObject({
  fabric: z.string(),
  wwn: z.string(),
  tpgs: z.array(savedGroupSchema).default([]),
});

/**
 * The file that targetctl(8) of python3-rtslib-fb saves and restores. Only what is ours in it is looked into (by the schemas above): the rest is
 * somebody else's, is kept as it is, and may hold what no schema of ours foresees.
 */
export const saveconfigSchema = z.looseObject({
  storage_objects: z.array(z.looseObject({})).default([]),
  targets: z.array(z.looseObject({})).default([]),
  fabric_modules: z.array(z.unknown()).default([]),
});

/** The file's content. */
export type Saveconfig = z.output<typeof saveconfigSchema>;
/** A backstore in the file. */
export type SavedBackstore = z.output<typeof savedBackstoreSchema>;
/** A target in the file. */
export type SavedTarget = z.output<typeof savedTargetSchema>;
