import type { AttachmentRecord, AttachmentStatus, VolumeRecord, VolumeStatus } from '../model/index.ts';

const order = [
  ['attached', 'in-use', 'attached'],
  ['detaching', 'detaching', 'detaching'],
  ['attaching', 'attaching', 'attaching'],
  ['error_detaching', 'error_detaching', 'attached'],
  ['error_attaching', 'error_attaching', 'detached'],
  ['reserved', 'reserved', 'reserved'],
] as const satisfies readonly (readonly [AttachmentStatus, VolumeStatus, VolumeRecord['attachStatus']])[];

/** What its attachments say of a volume: the strongest of their statuses, `available` when there is none. */
export function volumeStatusOf(
  attachments: readonly Pick<AttachmentRecord, 'status'>[],
): Pick<VolumeRecord, 'status' | 'attachStatus'> {
  for (const [attachment, status, attachStatus] of order) {
    if (attachments.some((each) => each.status === attachment)) return { status, attachStatus };
  }
  return { status: 'available', attachStatus: 'detached' };
}
