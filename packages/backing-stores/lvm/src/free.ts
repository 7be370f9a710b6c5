import { ContractError, withSecondary } from '@scoria/driver-sdk';
import { ProcessExecutionError } from '@scoria/host-exec';
import { whenClosed } from './activate.ts';
import { toContractError } from './errors.ts';
import { isOwned, type OwnedLv } from './find.ts';
import { change, fullName, type Ground, volumesOf } from './ground.ts';
import { removeUnlessOrigin } from './lvm/arguments.ts';
import type { Made } from './make.ts';
import type { LvFacts } from './report/facts.ts';

/**
 * Frees the space of a logical volume, and reads back that it is free.
 *
 * @throws ContractError VOLUME_IS_BUSY when it is open, or another process has taken a COW snapshot of it meanwhile
 */
export async function free(ground: Ground, lv: OwnedLv): Promise<void> {
  const removal = removeUnlessOrigin(ground.group.name, lv.uuid);
  let now = await whenClosed(ground, lv);
  if (now?.suspended) await change(ground, 'lvchange', ['--refresh', fullName(ground, now.name)]);
  try {
    // It takes the device down itself, and waits for udev.
    await change(ground, 'lvremove', removal);
  } catch (error) {
    if (!(error instanceof ProcessExecutionError)) throw error;
    // Opened since, or removed by another process.
    now = await whenClosed(ground, { ...lv, open: true });
    if (now !== undefined) await change(ground, 'lvremove', removal);
  }
  const all = await volumesOf(ground);
  const left = find(all, lv);
  if (left === undefined) return;
  if (left.hasCowSnapshots) throw hasSnapshots(ground, all, lv);
  throw new ContractError(
    'BACKEND_ERROR',
    `lvremove says that ${fullName(ground, lv.name)} is removed, but it is there`,
  );
}

/** The error for a volume that has COW snapshots. */
export function hasSnapshots(ground: Ground, all: readonly LvFacts[], lv: OwnedLv): ContractError {
  const snapshots = all
    .filter((each) => each.type === 'cow-snapshot' && each.origin === lv.name)
    .map((each) => (isOwned(ground, each) ? each.mark.name : fullName(ground, each.name)));
  return new ContractError(
    'VOLUME_IS_BUSY',
    `${lv.mark.name} has snapshots that need it: ${snapshots.join(', ')}. Delete them first`,
    { details: { snapshots: snapshots.join(' ') } },
  );
}

/**
 * Does the rest of making a volume; when that fails, what this call has made is removed again, and nothing else.
 */
export async function orUndo<T>(
  ground: Ground,
  { lv: made, isNew }: Made,
  rest: (made: OwnedLv) => Promise<T>,
): Promise<T> {
  try {
    return await rest(made);
  } catch (cause) {
    if (!isNew) throw cause;
    const error = toContractError(cause, `making ${made.mark.name}`);
    try {
      await free(ground, made);
    } catch (second) {
      throw new ContractError(error.code, error.message, {
        details: error.details,
        transcript: error.transcript,
        leftBehind: [fullName(ground, made.name)],
        secondary: [...withSecondary(error, [second]).secondary],
        cause,
      });
    }
    throw error;
  }
}

function find(all: readonly LvFacts[], { uuid }: LvFacts): LvFacts | undefined {
  return all.find((lv) => lv.uuid === uuid);
}
