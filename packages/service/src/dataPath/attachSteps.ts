import { randomUUID } from 'node:crypto';
import { type ConnectionInfo, type Connector, ContractError } from '@scoria/core/contract';
import type { AttachedDevice, InitiatorConnector } from '@scoria/initiator';
import { initiatorKey } from '../attachments/initiatorKey.ts';
import {
  type BackendRegistry,
  callDriver,
  type DriverCall,
  driverVolume,
  recordVolumeUpdate,
} from '../backends/index.ts';
import type { VolumeRecord } from '../model/index.ts';
import type { ServiceAttachment, State } from '../state/index.ts';
import type { AttachOptions, ServiceInitiators } from './initiators.ts';
import type { AccessContext } from './volumeAccess.ts';

/** What attaching needs. Times in ms. */
export interface AttachDependencies {
  readonly state: State;
  readonly backends: BackendRegistry;
  readonly initiators: ServiceInitiators;
  /** Options of the backend of that name. */
  readonly attachOptions: (backend: string) => AttachOptions;
  /** How long a driver that does not serve is waited for. */
  readonly patienceMs: number;
  /** How long taking something away may take in all, also when the service stops. */
  readonly closeMs: number;
}

/** The single effects of attaching a volume to this host, and what takes each back. One object per attempt. */
export class AttachSteps {
  readonly #deps: AttachDependencies;
  readonly #volumeId: string;
  readonly #context: AccessContext;
  readonly #signal: AbortSignal;
  /** Drivers answer a repeated request with its first result: each attempt has ids of its own. */
  readonly #attempt = randomUUID().slice(0, 8);
  #volume: VolumeRecord;

  constructor(
    deps: AttachDependencies,
    volume: VolumeRecord,
    context: AccessContext,
    signal = context.signal,
  ) {
    this.#deps = deps;
    this.#volume = volume;
    this.#volumeId = volume.id;
    this.#context = context;
    this.#signal = signal;
  }

  /** Options of the volume's backend. @throws ContractError NOT_INITIALIZED */
  get options(): AttachOptions {
    return this.#deps.attachOptions(this.#backend.name);
  }

  get #backend() {
    return this.#deps.backends.ofHost(this.#volume.host);
  }

  /** Whether somebody else may reach the volume: then its export stays. */
  async isUsedByOthers(): Promise<boolean> {
    return (await this.#deps.state.connections.ofVolume(this.#volumeId)).length > 0;
  }

  /** Whether a user's attachment has the same initiator, as the kernel's of this host has: then the access is theirs, too. */
  async isSharedWith(connector: Connector): Promise<boolean> {
    const { connections } = this.#deps.state;
    return (await connections.find(this.#volumeId, initiatorKey(connector))) !== undefined;
  }

  /** @throws ContractError EXPORT_FAILURE, whatever the driver's own code (D2); NOT_INITIALIZED when it was never asked */
  async createExport(connector: Connector): Promise<void> {
    const { state } = this.#deps;
    try {
      const { update } = await callDriver(
        this.#backend,
        'createExport',
        { volume: await this.#asDriverSees(), connector },
        this.#call('createExport'),
      );
      await state.transaction((tables) => recordVolumeUpdate(tables, this.#volumeId, update));
    } catch (error) {
      if (this.#signal.aborted) throw error;
      if (error instanceof ContractError && error.code === 'NOT_INITIALIZED') throw error;
      const message = error instanceof Error ? error.message : String(error);
      throw new ContractError('EXPORT_FAILURE', `volume ${this.#volumeId} was not exported: ${message}`, {
        cause: error,
      });
    }
    // What the driver said of its export counts from now on (D14).
    this.#volume = (await state.volumes.find(this.#volumeId)) ?? this.#volume;
  }

  /** @throws ContractError what the driver answered */
  async initializeConnection(
    connector: Connector,
    mode: 'ro' | 'rw',
    previous: ConnectionInfo | null,
  ): Promise<ConnectionInfo> {
    const { connectionInfo } = await callDriver(
      this.#backend,
      'initializeConnection',
      {
        volume: await this.#asDriverSees(),
        connector,
        readOnly: await this.#readOnly(mode),
        previous,
      },
      this.#call('initializeConnection'),
    );
    return connectionInfo;
  }

  /** @throws ContractError DEVICE_UNAVAILABLE when it is smaller than the volume, and what the initiator throws */
  async connect(initiator: InitiatorConnector, info: ConnectionInfo): Promise<AttachedDevice> {
    const device = await initiator.connect(info, { signal: this.#signal });
    if (device.size >= this.#volume.size) return device;
    throw new ContractError(
      'DEVICE_UNAVAILABLE',
      `${device.path} has ${device.size} bytes, volume ${this.#volumeId} has ${this.#volume.size}: it is another volume, or its backend has not grown it. Nothing was read or written.`,
      { details: { path: device.path, size: device.size } },
    );
  }

  /** @throws ContractError what the initiator throws */
  async disconnect(info: ConnectionInfo, force: boolean): Promise<void> {
    const initiator = this.#deps.initiators.forConnection(info, this.options);
    const { warnings } = await initiator.disconnect(info, { force, signal: this.#signal });
    for (const warning of warnings) this.#context.log.warn({ volumeId: this.#volumeId }, warning);
  }

  /** @throws ContractError what the driver answered */
  async terminateConnection(connector: Connector, force: boolean): Promise<void> {
    await callDriver(
      this.#backend,
      'terminateConnection',
      { volume: await this.#asDriverSees(), connector, force },
      this.#call('terminateConnection'),
    );
  }

  /** @throws ContractError what the driver answered */
  async removeExport(force: boolean): Promise<void> {
    await callDriver(
      this.#backend,
      'removeExport',
      { volume: await this.#asDriverSees(), force },
      this.#call('removeExport'),
    );
  }

  /** A reader of a volume that others write gets the same right as they: some targets have one for all. */
  async #readOnly(mode: 'ro' | 'rw'): Promise<boolean> {
    if (mode === 'rw') return false;
    const others = await this.#deps.state.connections.ofVolume(this.#volumeId);
    return others.every(({ connectionInfo }) => connectionInfo?.data.access_mode === 'ro');
  }

  async #asDriverSees() {
    return driverVolume(this.#deps.state, this.#volume);
  }

  #call(step: string): DriverCall {
    return {
      requestId: `${this.#context.driverRequestId(`${step}.${this.#attempt}`)}`,
      firstAttempt: this.#context.run,
      signal: this.#signal,
      log: this.#context.log,
      patienceMs: this.#deps.patienceMs,
    };
  }
}

/** What may be left of a volume's attachment, for people. */
export function leftovers({ volumeId, initiator, connectionInfo }: ServiceAttachment) {
  return {
    device: `the device of volume ${volumeId} on this host (${connectionInfo?.driver_volume_type ?? 'not connected'})`,
    access: `the access of ${initiator} to volume ${volumeId}`,
    export: `the export of volume ${volumeId}`,
  };
}
