import { ContractError, withSecondary } from '@scoria/core/contract';
import { asContractError } from '../journal/index.ts';
import type { VolumeRecord } from '../model/index.ts';
import { type AttachDependencies, AttachSteps, leftovers } from './attachSteps.ts';
import type { AccessContext } from './volumeAccess.ts';

/**
 * Takes what the service has attached of a volume away again (contract.md §5.2, §5.3): device, access, and the export when nobody else
 * uses it. Goes by the record, so that it also clears up after a killed run. Idempotent.
 *
 * @param force runs every step whatever became of the one before (D5)
 * @param signal default: only its own deadline, so that it goes on when the service stops
 * @throws ContractError of the first step that failed; `leftBehind` names what is still there
 */
export async function detachHere(
  deps: AttachDependencies,
  volume: VolumeRecord,
  context: AccessContext,
  force: boolean,
  signal = AbortSignal.timeout(deps.closeMs),
): Promise<void> {
  const { state } = deps;
  const attachment = await state.serviceAttachments.find(volume.id);
  if (attachment === undefined) return;
  const { connector, connectionInfo } = attachment;
  const steps = new AttachSteps(deps, volume, context, signal);
  const shared = await steps.isSharedWith(connector);
  const left = leftovers(attachment);
  const plan: { readonly leaves: string; readonly run: () => Promise<void> }[] = [
    {
      leaves: left.device,
      run: async () => {
        if (connectionInfo !== null && !shared) await steps.disconnect(connectionInfo, force);
      },
    },
    {
      leaves: left.access,
      run: async () => {
        if (!shared) await steps.terminateConnection(connector, force);
      },
    },
    {
      leaves: left.export,
      run: async () => {
        if (!(await steps.isUsedByOthers())) await steps.removeExport(force);
      },
    },
  ];
  const failures: { readonly error: ContractError; readonly leaves: string }[] = [];
  for (const [position, { leaves, run }] of plan.entries()) {
    try {
      await run();
    } catch (error) {
      failures.push({ error: asContractError(error), leaves });
      if (force) continue;
      const rest = plan.slice(position + 1).map((each) => each.leaves);
      throw withLeft(failures, rest);
    }
  }
  if (failures.length > 0) throw withLeft(failures, []);
  await state.serviceAttachments.remove(volume.id);
}

/** As {@link detachHere}, of a volume that is not on record any more: nobody else knows its access and export. @throws ContractError */
export async function forgetHere(
  { state, initiators, closeMs }: Pick<AttachDependencies, 'state' | 'initiators' | 'closeMs'>,
  volumeId: string,
): Promise<void> {
  const attachment = await state.serviceAttachments.find(volumeId);
  if (attachment === undefined) return;
  const { connectionInfo } = attachment;
  if (connectionInfo !== null) {
    const initiator = initiators.forConnection(connectionInfo, { scanTries: 1, multipath: false });
    await initiator.disconnect(connectionInfo, { force: true, signal: AbortSignal.timeout(closeMs) });
  }
  await state.serviceAttachments.remove(volumeId);
}

function withLeft(
  failures: readonly { readonly error: ContractError; readonly leaves: string }[],
  rest: readonly string[],
): ContractError {
  const [first, ...others] = failures;
  const error = first?.error ?? new ContractError('INTERNAL', 'nothing failed');
  return withSecondary(
    new ContractError(error.code, error.message, {
      details: error.details,
      leftBehind: [...error.leftBehind, ...failures.map(({ leaves }) => leaves), ...rest],
      secondary: [...error.secondary],
      transcript: [...error.transcript],
      cause: error,
    }),
    others.map((each) => each.error),
  );
}
