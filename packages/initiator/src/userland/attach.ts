import { mkdir, stat, writeFile } from 'node:fs/promises';
import { ContractError, type IscsiConnectionData } from '@scoria/core/contract';
import type { Budget } from '../budget.ts';
import { toContractError, withLeftovers } from '../contractErrors.ts';
import { describe, type ProvenLun } from '../iscsi/proof.ts';
import { isMounted, unmount } from '../mounts.ts';
import { UndoStack } from '../undo.ts';
import { startDaemon, stopDaemon } from './daemon.ts';
import { attachLoop, detachLoop, loopsOf } from './loop.ts';
import { type AttachmentFiles, type AttachmentRecord, writeRecord } from './record.ts';
import { removeFiles } from './takeAway.ts';

/** What is attached, where and for whom. */
export interface AttachRequest {
  readonly files: AttachmentFiles;
  readonly data: IscsiConnectionData;
  /** The LUN, its session still open. */
  readonly proven: ProvenLun;
  readonly initiatorName: string;
  readonly deviceType: 'block' | 'file';
  readonly budget: Budget;
}

/**
 * Starts a daemon for a proven LUN, and a loop device on its file when a block device is wanted. Undoes all of it when a
 * step fails.
 *
 * @throws ContractError; `leftBehind` names what could not be undone
 */
export async function attach(request: AttachRequest): Promise<AttachmentRecord> {
  const { files, data, proven, initiatorName, deviceType, budget } = request;
  const undo = new UndoStack();
  const { facts } = proven;
  const readOnly = data.access_mode === 'ro';
  const discard = facts.unmapReadsZero && data.discard !== false;
  let record: AttachmentRecord = {
    version: 1,
    handle: files.handle,
    phase: 'attaching',
    address: proven.address,
    identity: proven.identity,
    size: facts.size,
    readOnly,
    discard,
    daemon: null,
    loop: null,
  };
  const save = (change: Partial<AttachmentRecord>): Promise<void> => {
    record = { ...record, ...change };
    return writeRecord(files, record);
  };
  try {
    undo.add(files.directory, () => removeFiles(files));
    await mkdir(files.directory, { recursive: true, mode: 0o700 });
    await save({});
    await writeFile(files.disk, '', { mode: 0o600 });
    undo.add(files.disk, () => unmount(files.disk));
    const daemon = await startDaemon(
      files,
      { address: proven.address, initiatorName, chap: credentials(data), readOnly, discard },
      budget,
      async (started) => {
        undo.add(`process ${started.pid}`, async () => {
          if (!(await stopDaemon(files, started))) throw new Error(`process ${started.pid} does not end`);
        });
        await save({ daemon: started });
      },
    );
    await checkServed(files, record);
    if (deviceType === 'block') {
      // By file, because a losetup that is stopped may have made the device without saying which.
      undo.add(`loop device of ${files.disk}`, async () => {
        for (const made of await loopsOf(files.disk)) await detachLoop(made, record);
      });
      const loop = await attachLoop(
        files.disk,
        { readOnly, discard, sectorSize: facts.logicalBlockSize },
        budget.signal,
      );
      await save({ loop });
    }
    // Still the same LUN after the daemon's own login: what was proven is what is served.
    await proven.proveAgain();
    await save({ phase: 'attached', daemon });
    return record;
  } catch (error) {
    const failure = budget.signal.aborted
      ? budget.error(`attaching ${describe(proven.address)}`)
      : toContractError(error, `Cannot attach ${describe(proven.address)}`);
    throw withLeftovers(failure, await undo.unwind());
  }
}

async function checkServed(files: AttachmentFiles, record: AttachmentRecord): Promise<void> {
  const size = (await isMounted(files.disk)) ? (await stat(files.disk)).size : -1;
  if (size === record.size) return;
  throw new ContractError(
    'DEVICE_UNAVAILABLE',
    size < 0
      ? `The storage daemon runs but mounted nothing on ${files.disk}.`
      : `${describe(record.address)} has ${record.size} bytes, but the storage daemon serves ${size}.`,
  );
}

function credentials(
  data: IscsiConnectionData,
): { username: string; secret: NonNullable<IscsiConnectionData['auth_password']> } | null {
  return data.auth_username === undefined || data.auth_password === undefined
    ? null
    : { username: data.auth_username, secret: data.auth_password };
}
