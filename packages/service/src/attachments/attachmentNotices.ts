import { randomUUID } from 'node:crypto';
import { type Backend, driverVolume } from '../backends/index.ts';
import type { LifecycleDependencies } from '../dependencies.ts';
import type { AttachmentRecord, RequestContext, VolumeRecord } from '../model/index.ts';

/** What drivers are told of an attachment. */
export type NoticedAttachment = Pick<
  AttachmentRecord,
  'volumeId' | 'instanceId' | 'attachedHost' | 'mountpoint'
>;

type Tell = (backend: Backend, volume: VolumeRecord) => Promise<unknown>;

/**
 * Tells drivers that want to know when a volume is attached and when that ends (contract.md §3.3), at once and, for one volume, in that
 * order. Nothing depends on what they answer: one that does not serve, or fails, is not told again.
 */
export class AttachmentNotices {
  readonly #deps: Pick<LifecycleDependencies, 'state' | 'backends' | 'log'>;
  /** The last notice of each volume that is not answered yet. */
  readonly #pending = new Map<string, Promise<void>>();

  constructor(deps: Pick<LifecycleDependencies, 'state' | 'backends' | 'log'>) {
    this.#deps = deps;
  }

  /** After an attachment was made. */
  attached(context: RequestContext, attachment: NoticedAttachment): void {
    this.#tell(context, attachment, 'attachVolume', async ({ driver }, volume) =>
      driver.client.attachVolume(
        { volume: await driverVolume(this.#deps.state, volume), ...who(attachment) },
        { requestId: randomUUID() },
      ),
    );
  }

  /** Before the record of an attachment is removed. */
  detached(context: RequestContext, attachment: NoticedAttachment): void {
    this.#tell(context, attachment, 'detachVolume', async ({ driver }, volume) =>
      driver.client.detachVolume(
        { volume: await driverVolume(this.#deps.state, volume), ...who(attachment) },
        { requestId: randomUUID() },
      ),
    );
  }

  #tell(
    { requestId }: RequestContext,
    { volumeId }: NoticedAttachment,
    operation: 'attachVolume' | 'detachVolume',
    tell: Tell,
  ): void {
    const notice = (this.#pending.get(volumeId) ?? Promise.resolve())
      .then(async () => {
        const { state, backends } = this.#deps;
        const volume = await state.volumes.find(volumeId);
        if (volume === undefined) return;
        const backend = backends.ofHost(volume.host);
        if (backend.serves && backend.implements(operation)) await tell(backend, volume);
      })
      .catch((error: unknown) => {
        this.#deps.log.warn({ requestId, volumeId, err: error }, `${operation} was not taken note of`);
      })
      .finally(() => {
        if (this.#pending.get(volumeId) === notice) this.#pending.delete(volumeId);
      });
    this.#pending.set(volumeId, notice);
  }
}

function who({ instanceId, attachedHost, mountpoint }: NoticedAttachment) {
  return { instanceId, hostName: attachedHost, mountpoint };
}
