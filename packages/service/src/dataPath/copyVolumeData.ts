import { bytes, type CopyWork, isContractError } from '@scoria/core/contract';
import { callDriver, driverCallOf, driverImplements, driverVolume, runWork } from '../backends/index.ts';
import type { LifecycleDependencies } from '../dependencies.ts';
import type { RunContext } from '../journal/index.ts';
import type { VolumeRecord } from '../model/index.ts';
import { usingVolumes } from './usingVolumes.ts';
import type { OpenedVolume } from './volumeAccess.ts';

/** What copying needs. */
export type CopyDependencies = Pick<
  LifecycleDependencies,
  'state' | 'backends' | 'access' | 'mover' | 'progress' | 'settings'
>;

/**
 * Copies all of a volume onto another, which is not smaller (contract.md §6.1): by the driver where both are on one backend that can;
 * else both are opened, the destination first, and the pool copies exactly the source's bytes. Idempotent. Whoever calls holds both
 * volumes' locks.
 *
 * @throws ContractError the copy's own error first
 */
export async function copyVolumeData(
  deps: CopyDependencies,
  { source, destination }: { readonly source: VolumeRecord; readonly destination: VolumeRecord },
  context: RunContext<unknown>,
): Promise<void> {
  const { io } = deps.backends.ofHost(destination.host);
  const report = deps.progress.track('copy', [destination.id]);
  const onPercent = (percent: number): void =>
    report({ doneBytes: Math.floor((source.size * percent) / 100), totalBytes: source.size });
  try {
    if (await copiedByDriver(deps, source, destination, context, onPercent)) return;
    const wanted = [
      { volume: destination, mode: 'rw' },
      { volume: source, mode: 'ro' },
    ] as const;
    await usingVolumes(deps.access, wanted, context, ([to, from]) =>
      runWork(deps.mover, [workOf(from, to, source.size)], context, onPercent, io),
    );
  } finally {
    deps.progress.end([destination.id]);
  }
}

function workOf(
  from: OpenedVolume | undefined,
  to: OpenedVolume | undefined,
  length: CopyWork['length'],
): CopyWork {
  if (from === undefined || to === undefined) throw new Error('both sides of a copy are open');
  return {
    kind: 'copy',
    source: { path: from.path, identity: from.identity, offset: bytes(0) },
    destination: { path: to.path, identity: to.identity, offset: bytes(0) },
    length,
    destinationIsZero: to.isZero,
  };
}

/** Whether the driver has copied it, or named the copy, which is then made. */
async function copiedByDriver(
  { state, backends, mover, settings }: CopyDependencies,
  source: VolumeRecord,
  destination: VolumeRecord,
  context: RunContext<unknown>,
  onPercent: (percent: number) => void,
): Promise<boolean> {
  const backend = backends.ofHost(destination.host);
  const call = driverCallOf(context, 'copyVolumeData', settings.patienceMs);
  if (backend !== backends.ofHost(source.host)) return false;
  if (!(await driverImplements(backend, 'copyVolumeData', call))) return false;
  const params = {
    source: await driverVolume(state, source),
    destination: await driverVolume(state, destination),
  };
  try {
    const { work } = await callDriver(backend, 'copyVolumeData', params, call);
    await runWork(mover, work, context, onPercent, backend.io);
    return true;
  } catch (error) {
    if (isContractError(error) && error.code === 'UNIMPLEMENTED') return false;
    throw error;
  }
}
