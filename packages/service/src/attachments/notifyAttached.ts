import { randomUUID } from 'node:crypto';
import { driverVolume } from '../backends/index.ts';
import type { LifecycleDependencies } from '../dependencies.ts';
import type { AttachmentRecord, RequestContext } from '../model/index.ts';

/** Tells a driver that wants to know of an attachment that was made; nothing depends on its answer. */
export function notifyAttached(
  { state, backends, log }: LifecycleDependencies,
  context: RequestContext,
  attachment: Pick<AttachmentRecord, 'volumeId' | 'instanceId' | 'attachedHost' | 'mountpoint'>,
): void {
  const tell = async (): Promise<void> => {
    const volume = await state.volumes.find(attachment.volumeId);
    if (volume === undefined) return;
    const backend = backends.ofHost(volume.host);
    if (!backend.serves || !backend.implements('attachVolume')) return;
    await backend.driver.client.attachVolume(
      {
        volume: await driverVolume(state, volume),
        instanceId: attachment.instanceId,
        hostName: attachment.attachedHost,
        mountpoint: attachment.mountpoint,
      },
      { requestId: randomUUID() },
    );
  };
  tell().catch((error: unknown) => {
    log.warn(
      { requestId: context.requestId, volumeId: attachment.volumeId, err: error },
      'attachVolume was not taken note of',
    );
  });
}
