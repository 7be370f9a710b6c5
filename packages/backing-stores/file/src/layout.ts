import { join } from 'node:path';
import { backendNameSchema, ContractError } from '@scoria/driver-sdk';

/** What a file of the store is; each kind has a directory of its own, so the path alone says it. */
export type Kind = 'volume' | 'snapshot';

/** Where everything of a store lies. All directories are on one filesystem: files move between them by link(2). */
export interface Layout {
  readonly root: string;
  readonly volumes: string;
  readonly snapshots: string;
  /** Files that are being made. Emptied at start of what no living process makes. */
  readonly staging: string;
  /** Files that were let go, and files to adopt. */
  readonly unmanaged: string;
}

/** The layout below a directory. */
export function layoutOf(root: string): Layout {
  return {
    root,
    volumes: join(root, 'volumes'),
    snapshots: join(root, 'snapshots'),
    staging: join(root, 'staging'),
    unmanaged: join(root, 'unmanaged'),
  };
}

/** The directory of a kind. */
export function directoryOf(layout: Layout, kind: Kind): string {
  return kind === 'volume' ? layout.volumes : layout.snapshots;
}

/**
 * The path of a volume or snapshot.
 *
 * @throws ContractError INVALID_ARGUMENT when the name is not one safe path component
 */
export function pathOf(layout: Layout, kind: Kind, name: string): string {
  return join(directoryOf(layout, kind), safeName(kind, name));
}

function safeName(kind: Kind, name: string): string {
  const parsed = backendNameSchema.safeParse(name);
  if (parsed.success) return parsed.data;
  const shown = JSON.stringify(name.length > 140 ? `${name.slice(0, 140)}…` : name);
  throw new ContractError(
    'INVALID_ARGUMENT',
    `${shown} is not a ${kind} name: ${parsed.error.issues[0]?.message ?? 'unsafe'}`,
  );
}

/** Whether a text is one path component that means a file of its own (path_resolution(7)). */
export function isFileName(text: string): boolean {
  return (
    text !== '' && text !== '.' && text !== '..' && !/[/\0\n]/.test(text) && Buffer.byteLength(text) <= 255
  );
}
