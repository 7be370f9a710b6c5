import { bytes, type OwnedObject } from '@scoria/driver-sdk';
import { isOwned } from './find.ts';
import { type Ground, volumesOf } from './ground.ts';

/** Every logical volume with our tags, also what is being made or deleted. */
export async function listOwned(ground: Ground): Promise<OwnedObject[]> {
  return (await volumesOf(ground))
    .filter((lv) => isOwned(ground, lv))
    .map((lv) => ({
      kind: lv.mark.kind,
      name: lv.mark.name,
      reference: lv.path,
      size: bytes(lv.size),
      detail: {
        type: lv.type,
        ...(lv.mark.state !== 'complete' && { state: lv.mark.state }),
        ...(lv.mark.origin !== undefined && { origin: lv.mark.origin }),
        ...(lv.dataPercent !== undefined && { dataPercent: String(lv.dataPercent) }),
      },
    }));
}
