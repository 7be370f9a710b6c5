import type { DriverClient, Snapshot, Volume } from '@scoria/core/contract';
import { deleteSnapshot, deleteVolume } from './deletion.ts';
import { newSnapshot, newVolume } from './objects.ts';
import { runWork } from './runWork.ts';

/** Makes objects through a driver and removes them again, last first, whatever the test did to them. */
export interface Owner {
  /** A volume that will be removed; not made yet. */
  volume(over?: Partial<Volume>): Volume;
  /** A volume that exists. */
  made(over?: Partial<Volume>): Promise<Volume>;
  /** A snapshot that will be removed; not made yet. */
  snapshot(of: Volume, over?: Partial<Snapshot>): Snapshot;
  /** A snapshot that exists, its bytes copied. */
  taken(of: Volume): Promise<Snapshot>;
  cleanUp(): Promise<void>;
}

export function ownerOf(driver: DriverClient): Owner {
  const undo: (() => Promise<unknown>)[] = [];
  const volume = (over: Partial<Volume> = {}): Volume => {
    const made = newVolume(over);
    undo.push(async () => {
      await driver.terminateConnection({ volume: made, connector: null, force: true });
      await driver.removeExport({ volume: made, force: true });
      await deleteVolume(driver, made);
    });
    return made;
  };
  const snapshot = (of: Volume, over: Partial<Snapshot> = {}): Snapshot => {
    const made = newSnapshot(of, over);
    undo.push(() => deleteSnapshot(driver, made));
    return made;
  };
  return {
    volume,
    snapshot,
    made: async (over) => {
      const made = volume(over);
      await runWork((await driver.createVolume({ volume: made })).work);
      return made;
    },
    taken: async (of) => {
      const made = snapshot(of);
      await runWork((await driver.createSnapshot({ snapshot: made })).work);
      return made;
    },
    cleanUp: async () => {
      for (const step of undo.splice(0).reverse()) await step();
    },
  };
}
