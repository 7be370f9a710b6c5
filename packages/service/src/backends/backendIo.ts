import { backendOptionsSchema } from '@scoria/core/contract';
import type { IoOptions, IoPriority } from '@scoria/data-mover';

/** How the bytes of one backend are moved, as its section says. */
export interface BackendIo {
  readonly copy: IoOptions;
  readonly wipe: IoOptions;
}

/** Nothing said: the data mover's own defaults. */
export const plainIo: BackendIo = { copy: {}, wipe: {} };

const optionsSchema = backendOptionsSchema.pick({
  volume_dd_blocksize: true,
  volume_clear_ionice: true,
  volume_copy_bps_limit: true,
});

const units: Readonly<Record<string, number>> = { '': 1, K: 2 ** 10, M: 2 ** 20, G: 2 ** 30 };
const SECTOR = 512;
const MOST_BLOCK = 16 * 2 ** 20;
const classes: readonly (IoPriority['class'] | undefined)[] = [undefined, 'realtime', 'best-effort', 'idle'];

/** Reads it from a section's options. @param options checked before */
export function backendIo(options: Readonly<Record<string, unknown>>): BackendIo {
  const given = optionsSchema.parse(options);
  const { volume_dd_blocksize: blockSize } = given;
  const copy = {
    ...(blockSize !== undefined && { blockSize: blockSizeOf(blockSize) }),
    bytesPerSecond: given.volume_copy_bps_limit,
  };
  const priority =
    given.volume_clear_ionice === undefined ? undefined : priorityOf(given.volume_clear_ionice);
  return { copy, wipe: priority === undefined ? copy : { ...copy, priority } };
}

/** Bytes of a size as dd takes it, in whole sectors. */
function blockSizeOf(written: string): number {
  const unit = written.replace(/^\d+/, '');
  const bytes = Math.min(Number.parseInt(written, 10) * (units[unit] ?? 1), MOST_BLOCK);
  return Math.max(SECTOR, bytes - (bytes % SECTOR));
}

/** `-c2 -n7`; class 0 is none (ionice(1)). */
function priorityOf(written: string): IoPriority | undefined {
  const [, number, level] = /^-c(\d)(?:\s?-n(\d))?$/.exec(written) ?? [];
  const name = classes[Number(number)];
  if (name === undefined) return undefined;
  return level === undefined ? { class: name } : { class: name, level: Number(level) };
}
