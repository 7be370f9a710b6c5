import {
  type Bytes,
  bytes,
  type ConnectionInfo,
  type Connector,
  type Snapshot,
  type Volume,
} from '@scoria/core/contract';
import type { RunningBackend } from '../../e2e/contract/support/backend.ts';
import { newSnapshot, newVolume } from '../../e2e/contract/support/objects.ts';
import { runWork } from '../../e2e/contract/support/runWork.ts';

/** Volumes by a driver, as the service deals with it: what the driver wants kept is handed back to it. */
export class DriverVolumes {
  readonly #backend: RunningBackend;
  readonly #undo: (() => Promise<unknown>)[] = [];

  constructor(backend: RunningBackend) {
    this.#backend = backend;
  }

  /** Makes a volume of that size, of a snapshot where one is given. */
  async make(size: number, snapshot?: Snapshot): Promise<Volume> {
    const { client } = this.#backend;
    return await this.#create(size, (volume) =>
      snapshot === undefined
        ? client.createVolume({ volume })
        : client.createVolumeFromSnapshot({ volume, snapshot }),
    );
  }

  /** Makes a volume with what another one, in use, has now. */
  async clone(source: Volume): Promise<Volume> {
    return await this.#create(source.size, (volume) =>
      this.#backend.client.createClonedVolume({ volume, source, sourceInUse: true }),
    );
  }

  async #create(
    size: number,
    create: (volume: Volume) => Promise<{ readonly work: Parameters<typeof runWork>[0] }>,
  ): Promise<Volume> {
    const volume = newVolume({ size: bytes(size) });
    const { client } = this.#backend;
    this.#undo.push(async () => {
      await client.terminateConnection({ volume, connector: null, force: true });
      await client.removeExport({ volume, force: true });
      await client.deleteVolume({ volume });
    });
    const { work } = await create(volume);
    await runWork(work);
    return volume;
  }

  /** Exports it and lets an initiator in. */
  async connect(
    volume: Volume,
    connector: Connector,
  ): Promise<{ readonly volume: Volume; readonly info: ConnectionInfo }> {
    const { client } = this.#backend;
    const { update } = await client.createExport({ volume, connector });
    const exported = { ...volume, ...update } as Volume;
    const { connectionInfo } = await client.initializeConnection({ volume: exported, connector });
    return { volume: exported, info: connectionInfo };
  }

  /** Takes the access and the export away. */
  async disconnect(volume: Volume, connector: Connector, force = false): Promise<void> {
    const { client } = this.#backend;
    await client.terminateConnection({ volume, connector, force });
    await client.removeExport({ volume, force });
  }

  /** @param inUse what the driver is told; in use, it needs a way to copy one point in time */
  async snapshot(volume: Volume, inUse = true): Promise<Snapshot> {
    const snapshot = newSnapshot(volume, { volumeInUse: inUse });
    this.#undo.push(() => this.removeSnapshot(snapshot));
    await runWork((await this.#backend.client.createSnapshot({ snapshot })).work);
    return snapshot;
  }

  async extend(volume: Volume, size: number): Promise<Volume> {
    const newSize: Bytes = bytes(size);
    await this.#backend.client.extendVolume({ volume, newSize });
    return { ...volume, size: newSize };
  }

  async remove(volume: Volume): Promise<void> {
    await this.#backend.client.deleteVolume({ volume });
  }

  async removeSnapshot(snapshot: Snapshot): Promise<void> {
    await this.#backend.client.deleteSnapshot({ snapshot });
  }

  /** Where the bytes are on the side of the target. */
  async pathOf(volume: Volume): Promise<string> {
    return (await this.#backend.client.localPath({ volume })).path;
  }

  /** Removes what a test that failed has left, by force. */
  async cleanUp(): Promise<void> {
    for (const step of this.#undo.splice(0).reverse()) await step().catch(() => undefined);
  }

  /** What the driver owns: volumes, snapshots, targets, access. */
  async owned(): Promise<string[]> {
    const { objects } = await this.#backend.client.listOwned({});
    return objects.map(({ kind, reference }) => `${kind} ${reference}`);
  }
}
