import type { z } from 'zod';
import { backupSchema, snapshotSchema, typeSchema, volumeSchema } from './models.ts';

/** A kind of object that has a name and an identifier. */
export interface Kind<Schema extends z.ZodType> {
  /** What users call it, and the key of one in an answer. */
  readonly word: string;
  readonly key: string;
  /** Path of the collection, and its detailed list. */
  readonly path: string;
  readonly listPath: string;
  readonly listKey: string;
  readonly schema: Schema;
}

/** Volumes. */
export const volumes = {
  word: 'volume',
  key: 'volume',
  path: '/volumes',
  listPath: '/volumes/detail',
  listKey: 'volumes',
  schema: volumeSchema,
} as const satisfies Kind<z.ZodType>;

/** Snapshots. */
export const snapshots = {
  word: 'snapshot',
  key: 'snapshot',
  path: '/snapshots',
  listPath: '/snapshots/detail',
  listKey: 'snapshots',
  schema: snapshotSchema,
} as const satisfies Kind<z.ZodType>;

/** Backups. */
export const backups = {
  word: 'backup',
  key: 'backup',
  path: '/backups',
  listPath: '/backups/detail',
  listKey: 'backups',
  schema: backupSchema,
} as const satisfies Kind<z.ZodType>;

/** Volume types. */
export const types = {
  word: 'volume type',
  key: 'volume_type',
  path: '/types',
  listPath: '/types',
  listKey: 'volume_types',
  schema: typeSchema,
} as const satisfies Kind<z.ZodType>;
