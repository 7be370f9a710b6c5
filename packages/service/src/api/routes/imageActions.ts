import { type Action, action } from '../http/route.ts';
import {
  reimageSchema,
  setImageMetadataSchema,
  unsetImageMetadataSchema,
  uploadImageSchema,
} from '../schemas/imageActions.ts';
import { ignoredSchema } from '../schemas/scalars.ts';
import { uploadView } from '../views/upload.ts';

/** Actions on volumes that have to do with images. */
export const imageActions: readonly Action[] = [
  action({
    name: 'os-volume_upload_image',
    summary: 'Upload a volume as an image, raw or qcow2; visibility and protected since 3.1',
    argument: uploadImageSchema,
    handle: async ({ services, context, param, body, minor }) => {
      const request = {
        name: body.image_name,
        diskFormat: body.disk_format ?? 'raw',
        force: body.force ?? false,
        visibility: minor >= 1 ? (body.visibility ?? 'private') : 'private',
        protected: minor >= 1 && (body.protected ?? false),
      };
      const uploaded = await services.volumes.upload(context, param('id'), request);
      const viewing = { minor, isAdmin: context.isAdmin };
      const { volumeTypeId } = uploaded.volume;
      const type =
        volumeTypeId === null ? null : await services.types.get({ ...context, isAdmin: true }, volumeTypeId);
      return { 'os-volume_upload_image': uploadView(uploaded, request, type, viewing) };
    },
  }),
  action({
    name: 'os-reimage',
    summary: 'Write an image over a volume',
    since: 68,
    argument: reimageSchema,
    handle: ({ services, context, param, body }) =>
      services.volumes.reimage(context, param('id'), {
        imageId: body.image_id,
        reserved: body.reimage_reserved ?? false,
      }),
  }),
  action({
    name: 'os-set_image_metadata',
    summary: 'Add or change what is recorded of the image of a volume',
    status: 200,
    argument: setImageMetadataSchema,
    handle: async ({ services, context, param, body }) => ({
      metadata: await services.volumes.setImageMetadata(context, param('id'), body.metadata),
    }),
  }),
  action({
    name: 'os-show_image_metadata',
    summary: 'Show what is recorded of the image of a volume',
    status: 200,
    reads: true,
    argument: ignoredSchema,
    handle: async ({ services, context, param }) => ({
      metadata: (await services.volumes.get(context, param('id'))).imageMetadata,
    }),
  }),
  action({
    name: 'os-unset_image_metadata',
    summary: 'Remove one key of what is recorded of the image of a volume',
    status: 200,
    argument: unsetImageMetadataSchema,
    handle: ({ services, context, param, body }) =>
      services.volumes.unsetImageMetadata(context, param('id'), body.key),
  }),
  action({
    name: 'scoria:cancel',
    summary: 'Cancel a download, an upload, a restore or another copy of a volume that is under way; ours',
    argument: ignoredSchema,
    handle: ({ services, context, param }) => services.volumes.cancel(context, param('id')),
  }),
];
