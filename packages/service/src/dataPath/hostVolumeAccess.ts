import { ContractError } from '@scoria/core/contract';
import { callDriver, driverVolume } from '../backends/index.ts';
import { KeyedLocks } from '../journal/index.ts';
import type { VolumeRecord } from '../model/index.ts';
import { type AttachedHere, attachHere } from './attachHere.ts';
import type { AttachDependencies } from './attachSteps.ts';
import { detachHere, forgetHere } from './detachHere.ts';
import { type LocalEndpoint, localEndpoint } from './localEndpoint.ts';
import type { AccessContext, OpenedVolume, VolumeAccess } from './volumeAccess.ts';

/** What a {@link HostVolumeAccess} needs. */
export interface VolumeAccessDependencies extends AttachDependencies {
  /** `local`: the driver's local path where it proves what it is. `attach`: always as an initiator would. */
  readonly prefer: 'local' | 'attach';
  /** Held while a volume is attached or detached: nobody repairs its export meanwhile. Default: its own. */
  readonly attachLocks?: KeyedLocks;
}

interface Held {
  readonly attached: AttachedHere;
  readonly mode: 'ro' | 'rw';
  users: number;
}

/**
 * Volumes on the service's own host. Operations that read the same volume at once share its device; the last takes it away. Volumes that
 * users have attached are not disturbed: their access, device and export stay.
 */
export class HostVolumeAccess implements VolumeAccess {
  readonly #deps: VolumeAccessDependencies;
  readonly #held = new Map<string, Held>();
  readonly #locks: KeyedLocks;

  constructor(deps: VolumeAccessDependencies) {
    this.#deps = deps;
    this.#locks = deps.attachLocks ?? new KeyedLocks();
  }

  async open(volume: VolumeRecord, mode: 'ro' | 'rw', context: AccessContext): Promise<OpenedVolume> {
    const local = this.#deps.prefer === 'attach' ? null : await this.#local(volume, context);
    if (local !== null)
      return { ...local, sizeBytes: volume.size, close: () => this.release(volume.id, context) };
    return this.#alone(volume.id, context.signal, async () => {
      const attached = await this.#share(volume, mode, context);
      return {
        path: attached.device.path,
        identity: attached.identity,
        sizeBytes: volume.size,
        isZero: false,
        close: this.#closer(volume, context),
      };
    });
  }

  async release(volumeId: string, context: AccessContext): Promise<void> {
    if ((await this.#deps.state.serviceAttachments.find(volumeId)) === undefined) return;
    // For what was given up already: a stop of the service leaves it to the next start.
    const signal = AbortSignal.any([context.signal, AbortSignal.timeout(this.#deps.closeMs)]);
    await this.#alone(volumeId, signal, async () => {
      if (this.#held.has(volumeId)) return;
      const volume = await this.#deps.state.volumes.find(volumeId);
      if (volume === undefined) await forgetHere(this.#deps, volumeId);
      else await detachHere(this.#deps, volume, context, true, signal);
    });
  }

  /** One that is attached already is shared. */
  async #share(volume: VolumeRecord, mode: 'ro' | 'rw', context: AccessContext): Promise<AttachedHere> {
    const held = this.#held.get(volume.id);
    if (held === undefined) {
      const attached = await attachHere(this.#deps, volume, mode, context);
      this.#held.set(volume.id, { attached, mode, users: 1 });
      return attached;
    }
    if (mode === 'rw' || held.mode === 'rw')
      throw new ContractError(
        'ABORTED',
        `volume ${volume.id} is being ${held.mode === 'rw' ? 'written' : 'read'} by the service: repeat when that has ended`,
      );
    held.users += 1;
    return held.attached;
  }

  #closer(volume: VolumeRecord, context: AccessContext): OpenedVolume['close'] {
    let mine = true;
    let done = false;
    return ({ force }) =>
      this.#alone(volume.id, AbortSignal.timeout(this.#deps.closeMs), async () => {
        if (done) return;
        const held = this.#held.get(volume.id);
        if (mine && held !== undefined) {
          held.users -= 1;
          if (held.users === 0) this.#held.delete(volume.id);
        }
        mine = false;
        // Whoever opened it meanwhile takes away what a failed attempt of this one left.
        if (!this.#held.has(volume.id)) {
          const now = await this.#deps.state.volumes.find(volume.id);
          await detachHere(this.#deps, now ?? volume, context, force);
        }
        done = true;
      });
  }

  async #local(volume: VolumeRecord, context: AccessContext): Promise<LocalEndpoint | null> {
    const { backends, state, patienceMs } = this.#deps;
    const backend = backends.ofHost(volume.host);
    return localEndpoint(volume, async () =>
      callDriver(
        backend,
        'localPath',
        { volume: await driverVolume(state, volume) },
        {
          requestId: context.driverRequestId(`localPath.${crypto.randomUUID().slice(0, 8)}`),
          firstAttempt: context.run,
          signal: context.signal,
          log: context.log,
          patienceMs,
        },
      ),
    );
  }

  #alone<Result>(volumeId: string, signal: AbortSignal, work: () => Promise<Result>): Promise<Result> {
    const request = { key: volumeId, mode: 'exclusive' } as const;
    return this.#locks.run([request], { holder: 'attaching for the service', signal }, work);
  }
}
