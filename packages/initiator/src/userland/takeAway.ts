import { rm } from 'node:fs/promises';
import { basename } from 'node:path';
import { ContractError, withSecondary } from '@scoria/core/contract';
import { blockUsers } from '../blockUsers.ts';
import type { Budget } from '../budget.ts';
import { toContractError } from '../contractErrors.ts';
import type { DisconnectReport } from '../model.ts';
import { isMounted, unmount } from '../mounts.ts';
import { type ProcessIdentity, processRuns } from '../processIdentity.ts';
import { findDaemons, stopDaemon } from './daemon.ts';
import { detachLoop, flush, isLoopOf, loopsOf } from './loop.ts';
import { type AttachmentFiles, type AttachmentRecord, readRecord, writeRecord } from './record.ts';

/**
 * Takes an attachment away: flush, loop device, daemon, mount, files; each step waits until its object is gone. It goes by
 * what is there, not by what the record says, so it also clears up after a process that died half-way.
 *
 * @throws ContractError of the first step that failed; with `force` after all steps, and only if something is left
 */
export async function takeAway(
  files: AttachmentFiles,
  budget: Budget,
  force: boolean,
): Promise<DisconnectReport> {
  const record = await readRecord(files).catch(() => null);
  const daemons = await allDaemons(files, record);
  const loops = await loopsOf(files.disk);
  const mounted = await isMounted(files.disk);
  const wasAttached = record !== null || daemons.length > 0 || loops.length > 0 || mounted;
  const alive = daemons.length > 0 && mounted;
  const errors: unknown[] = [];
  let flushed = true;

  const step = async (work: () => Promise<void>): Promise<void> => {
    try {
      if (!force) budget.check('detaching');
      await work();
    } catch (error) {
      if (!force) throw await described(error, files, record);
      errors.push(error);
    }
  };

  await step(() => refuseWhenUsed(loops));
  if (wasAttached && record?.readOnly !== true && record?.phase !== 'attaching') {
    flushed = false;
    if (alive) {
      await step(async () => {
        for (const path of loops.length > 0 ? [...loops, files.disk] : [files.disk])
          await flush(path, budget.remainingMs);
        flushed = true;
      });
    }
  }
  // Up to here a failure leaves the attachment as it was.
  if (record !== null) await step(() => writeRecord(files, { ...record, phase: 'detaching' }));
  // What waits for a daemon that cannot be flushed to would wait for ever: it has to fail instead.
  if (force && !flushed) await step(() => stopAll(files, daemons, true));
  const loopParams = { discard: record?.discard ?? true };
  for (const loop of loops) await step(() => detachLoop(loop, loopParams));
  // Unmounted while the daemon still runs, a file that somebody has open is an error and not a lazy unmount.
  await step(() => unmount(files.disk));
  await step(() => stopAll(files, daemons, false));
  await step(() => unmount(files.disk));
  await step(() => removeFiles(files));

  const left = await leftovers(files, record, loops);
  if (left.length > 0) {
    const first = toContractError(
      errors[0] ?? new Error('it is still there'),
      'Not everything could be detached',
    );
    throw withSecondary(
      new ContractError(first.code, first.message, {
        leftBehind: left,
        transcript: first.transcript,
        cause: first,
      }),
      errors.slice(1),
    );
  }
  return {
    wasAttached,
    flushed,
    warnings: errors.map((error) => (error instanceof Error ? error.message : String(error))),
  };
}

/** Removes an attachment's directory; never through a mount. @throws ContractError VOLUME_IS_BUSY */
export async function removeFiles(files: AttachmentFiles): Promise<void> {
  if (await isMounted(files.disk)) {
    throw new ContractError('VOLUME_IS_BUSY', `${files.disk} is still mounted.`, {
      leftBehind: [files.disk],
    });
  }
  await rm(files.directory, { recursive: true, force: true });
}

async function allDaemons(
  files: AttachmentFiles,
  record: AttachmentRecord | null,
): Promise<ProcessIdentity[]> {
  const found = await findDaemons(files.directory);
  const recorded = record?.daemon ?? null;
  if (recorded === null || found.some((daemon) => daemon.pid === recorded.pid)) return found;
  return (await processRuns(recorded)) ? [...found, recorded] : found;
}

async function refuseWhenUsed(loops: readonly string[]): Promise<void> {
  for (const loop of loops) {
    const users = await blockUsers(basename(loop));
    if (users.length === 0) continue;
    throw new ContractError(
      'VOLUME_IS_BUSY',
      `${loop} is in use (${users.join(', ')}): unmount it, then detach.`,
      {
        details: { device: loop, users: users.join(', ') },
      },
    );
  }
}

async function stopAll(
  files: AttachmentFiles,
  daemons: readonly ProcessIdentity[],
  atOnce: boolean,
): Promise<void> {
  for (const daemon of daemons) {
    if (await stopDaemon(files, daemon, atOnce)) continue;
    throw new ContractError('DEADLINE_EXCEEDED', `The storage daemon (process ${daemon.pid}) does not end.`, {
      leftBehind: [`process ${daemon.pid}`],
    });
  }
}

async function leftovers(
  files: AttachmentFiles,
  record: AttachmentRecord | null,
  loops: readonly string[] = [],
): Promise<string[]> {
  const daemons = await allDaemons(files, record);
  const candidates = new Set([...loops, ...(await loopsOf(files.disk))]);
  const standing: string[] = [];
  for (const loop of candidates) if (await isLoopOf(loop, files.disk)) standing.push(loop);
  return [
    ...standing,
    ...daemons.map((daemon) => `process ${daemon.pid}`),
    ...((await isMounted(files.disk)) ? [files.disk] : []),
  ];
}

async function described(
  error: unknown,
  files: AttachmentFiles,
  record: AttachmentRecord | null,
): Promise<ContractError> {
  const known = toContractError(error, 'Cannot detach');
  if (known.leftBehind.length > 0) return known;
  return new ContractError(known.code, known.message, {
    details: known.details,
    leftBehind: await leftovers(files, record),
    transcript: known.transcript,
    cause: known.cause,
  });
}
