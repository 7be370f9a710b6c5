import type { DriverClient, Snapshot, Volume, Work } from '@scoria/core/contract';
import { runWork } from './runWork.ts';

/** Deletes a volume as the service does: with the wiping that its driver names. */
export function deleteVolume(driver: DriverClient, volume: Volume): Promise<void> {
  return untilDone((workDone) => driver.deleteVolume({ volume, workDone }));
}

/** As {@link deleteVolume}. */
export function deleteSnapshot(driver: DriverClient, snapshot: Snapshot): Promise<void> {
  return untilDone((workDone) => driver.deleteSnapshot({ snapshot, workDone }));
}

async function untilDone(ask: (workDone: boolean) => Promise<{ readonly work: Work[] }>): Promise<void> {
  const { work } = await ask(false);
  if (work.length === 0) return;
  await runWork(work);
  const { work: left } = await ask(true);
  if (left.length > 0) throw new Error('work was named again after it was done');
}
