import { bytesToGibCeil } from '@scoria/core/contract';
import type { UploadedVolume, UploadVolumeRequest, VolumeTypeRecord } from '../../model/index.ts';
import { cinderTime } from './time.ts';
import { visibleExtraSpecs } from './type.ts';

/** What `os-volume_upload_image` answers. */
export function uploadView(
  { volume, imageId, imageName }: UploadedVolume,
  request: UploadVolumeRequest,
  type: VolumeTypeRecord | null,
  { minor, isAdmin }: { readonly minor: number; readonly isAdmin: boolean },
) {
  return {
    id: volume.id,
    updated_at: cinderTime(volume.updatedAt),
    status: volume.status,
    display_description: volume.displayDescription,
    size: bytesToGibCeil(volume.size),
    // The whole type, as far as the caller may see it: clients read its name.
    volume_type:
      type === null
        ? null
        : {
            id: type.id,
            name: type.name,
            description: type.description,
            is_public: type.isPublic,
            extra_specs: visibleExtraSpecs(type, isAdmin),
          },
    image_id: imageId,
    image_name: imageName ?? request.name,
    container_format: 'bare',
    disk_format: request.diskFormat,
    ...(minor >= 1 && { visibility: request.visibility, protected: request.protected }),
  };
}
