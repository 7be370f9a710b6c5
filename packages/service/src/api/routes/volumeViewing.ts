import type { VolumeRecord } from '../../model/index.ts';
import type { Call } from '../http/call.ts';
import type { VolumeDetail } from '../schemas/volumes.ts';
import { extendedVolumeDetail, type VolumeViewing, volumeDetail } from '../views/volume.ts';

/** Gathers, with two queries whatever the number of volumes, what their views need. */
async function viewingOf(call: Call, volumes: readonly VolumeRecord[]): Promise<VolumeViewing> {
  const { services, context, minor, links } = call;
  const attached = volumes.filter(({ attachStatus }) => attachStatus !== 'detached');
  const [types, attachments] = await Promise.all([
    // Names of private types show on the volumes that have them, whoever looks.
    volumes.some(({ volumeTypeId }) => volumeTypeId !== null)
      ? services.types.list({ ...context, isAdmin: true })
      : [],
    attached.length === 0 ? new Map() : services.volumes.attachmentsOf(attached.map(({ id }) => id)),
  ]);
  const typeNames = new Map(types.map(({ id, name }) => [id, name]));
  return { minor, isAdmin: context.isAdmin, links, typeNames, attachments, progress: services.progress };
}

/** Volumes as show and the detailed list answer them. */
export async function extendedDetails(call: Call, volumes: readonly VolumeRecord[]): Promise<VolumeDetail[]> {
  const viewing = await viewingOf(call, volumes);
  return volumes.map((volume) => extendedVolumeDetail(volume, viewing));
}

/** A volume as create and update answer it. */
export async function plainDetail(call: Call, volume: VolumeRecord): Promise<VolumeDetail> {
  return volumeDetail(volume, await viewingOf(call, [volume]));
}
