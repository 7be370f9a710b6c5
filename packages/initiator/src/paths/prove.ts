import { ContractError, type Identity } from '@scoria/core/contract';
import { CommandError } from '@scoria/host-exec';
import { Budget } from '../budget.ts';
import { proveDisk } from '../scsi/proveDisk.ts';
import type { ScsiSysfs } from '../scsi/sysfs.ts';
import type { DiskPath, PathSteps } from './transport.ts';

/** How long a path gets to answer when it goes anyhow. */
const PATIENCE_MS = 20_000;

/** What a path is proven by. */
export interface ProveOptions {
  /** null: nobody says. */
  readonly identity: Identity | null;
  /** A path that has just died does not answer: then what the kernel has kept of it counts. */
  readonly force: boolean;
  readonly budget: Budget;
}

/**
 * Proves that a path leads to the volume that it is taken for.
 *
 * @returns whether the path answers
 * @throws ContractError DEVICE_UNAVAILABLE when it leads elsewhere; CommandError
 */
export async function prove<Path extends DiskPath>(
  sysfs: ScsiSysfs,
  steps: PathSteps<Path>,
  path: Path,
  { identity, force, budget }: ProveOptions,
): Promise<boolean> {
  const { disk } = path;
  const what = steps.describe(path);
  const up = await steps.isUp(path);
  if (identity === null) return up;
  if (!up || !force) {
    await proveDisk(sysfs, disk, identity, budget, { what, afresh: up });
    return up;
  }
  try {
    const patience = new Budget({ signal: budget.signal, deadlineMs: PATIENCE_MS }, PATIENCE_MS);
    await proveDisk(sysfs, disk, identity, patience, { what, afresh: true });
    return true;
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    await proveDisk(sysfs, disk, identity, budget, { what, afresh: false });
    return false;
  }
}

/**
 * A disk that was here before and that the kernel knows as another volume is not made the promised one by asking it again: who had it may
 * still use it.
 *
 * @throws ContractError DEVICE_UNAVAILABLE with what it showed
 */
export async function refuseStale<Path extends DiskPath>(
  sysfs: ScsiSysfs,
  steps: Pick<PathSteps<Path>, 'describe'>,
  path: Path,
  promised: Identity,
): Promise<void> {
  const kept = await sysfs.shows(path.disk, promised);
  if (kept === null || kept.matches) return;
  const device = sysfs.path(path.disk);
  throw new ContractError(
    'DEVICE_UNAVAILABLE',
    `${steps.describe(path)} is on this host already as ${device} and showed "${kept.shown}", another volume, when it came: detach that first. Nothing was read or written.`,
    { details: { device, shown: kept.shown } },
  );
}

/** Whether a path was refused because it shows another volume: that makes all others of the same volume doubtful. */
export function isOther(error: unknown): error is ContractError {
  return error instanceof ContractError && error.code === 'DEVICE_UNAVAILABLE' && 'shown' in error.details;
}
