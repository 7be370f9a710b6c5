import { type ConnectionInfo, ContractError, type Identity } from '@scoria/core/contract';
import type { AttachedDevice } from '@scoria/initiator';
import { initiatorKey } from '../attachments/initiatorKey.ts';
import { asContractError } from '../journal/index.ts';
import type { VolumeRecord } from '../model/index.ts';
import { type AttachDependencies, AttachSteps, leftovers } from './attachSteps.ts';
import { deviceIdentity } from './deviceIdentity.ts';
import { UndoStack } from './undoStack.ts';
import type { AccessContext } from './volumeAccess.ts';

/** A volume attached to this host, with what the data mover can prove of it. */
export interface AttachedHere {
  readonly device: AttachedDevice;
  readonly identity: Identity;
}

/**
 * Attaches a volume to this host (contract.md §5.1): export, authorise, log in, look at the device. It is on record before its first
 * effect. A failure takes back what was done, newest first and by force (D3, D4); what an earlier run left is taken over.
 *
 * @throws ContractError the first cause; `secondary` and `leftBehind` say what could not be taken back
 */
export async function attachHere(
  deps: AttachDependencies,
  volume: VolumeRecord,
  mode: 'ro' | 'rw',
  context: AccessContext,
): Promise<AttachedHere> {
  const { state, initiators } = deps;
  const steps = new AttachSteps(deps, volume, context);
  const connector = await initiators.connector(steps.options);
  const initiator = initiatorKey(connector);
  const shared = await steps.isSharedWith(connector);
  await state.serviceAttachments.open(volume.id, initiator, connector);
  const noted = await state.serviceAttachments.find(volume.id);
  const previous = noted?.connectionInfo ?? null;
  const left = leftovers({ volumeId: volume.id, initiator, connector, connectionInfo: previous });
  // Taking back goes on when the service stops in the middle of it.
  const undoing = new AttachSteps(deps, volume, context, AbortSignal.timeout(deps.closeMs));
  const undo = new UndoStack();
  try {
    undo.add(left.export, async () => {
      if (!(await undoing.isUsedByOthers())) await undoing.removeExport(true);
    });
    const undoAccess = (): void =>
      undo.add(left.access, async () => {
        if (!shared) await undoing.terminateConnection(connector, true);
      });
    const undoDevice = (of: ConnectionInfo): void =>
      undo.add(left.device, async () => {
        if (!shared) await undoing.disconnect(of, true);
      });
    // What an earlier run has logged in goes too when this one does not come as far as that.
    if (previous !== null) {
      undoAccess();
      undoDevice(previous);
    }
    await steps.createExport(connector);
    if (previous === null) undoAccess();
    const info = await steps.initializeConnection(connector, mode, previous);
    await state.serviceAttachments.setInfo(volume.id, info);
    const local = initiators.forConnection(info, steps.options);
    undoDevice(info);
    const device = await steps.connect(local, info);
    return { device, identity: await deviceIdentity(device) };
  } catch (error) {
    throw await takenBack(deps, volume.id, undo, error);
  }
}

async function takenBack(
  { state }: AttachDependencies,
  volumeId: string,
  undo: UndoStack,
  error: unknown,
): Promise<ContractError> {
  const cause = asContractError(error);
  const { errors, leftBehind } = await undo.unwind();
  if (errors.length === 0) {
    await state.serviceAttachments.remove(volumeId);
    return cause;
  }
  return new ContractError(cause.code, cause.message, {
    details: cause.details,
    leftBehind: [...cause.leftBehind, ...leftBehind],
    secondary: [...cause.secondary, ...errors.map((each) => asContractError(each).message)],
    transcript: [...cause.transcript],
    cause,
  });
}
