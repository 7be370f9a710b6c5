import { z } from 'zod';
import type { Session } from '../action.ts';
import { find } from '../api/find.ts';
import { volumes } from '../api/kinds.ts';
import { read } from '../api/read.ts';
import { settle } from '../api/settle.ts';
import { withSpinner } from '../output/progress.ts';
import { untilInterrupted } from '../untilInterrupted.ts';

/** What the image shall be. */
export interface UploadVolumeOptions {
  readonly diskFormat: string;
  readonly visibility?: string;
  readonly protected?: boolean;
  readonly force?: boolean;
  readonly wait: boolean;
}

const uploadSchema = z.looseObject({ image_id: z.string(), image_name: z.string().nullish() });

/** The image that a volume is uploaded as. */
export type Upload = z.infer<typeof uploadSchema>;

/** Uploads a volume as an image and waits until the image source has it; an interruption cancels it. @throws CliError */
export async function uploadVolume(
  { client, globals }: Session,
  volume: string,
  imageName: string,
  options: UploadVolumeOptions,
): Promise<Upload> {
  const { id, status } = await find(client, volumes, volume);
  const request = {
    image_name: imageName,
    disk_format: options.diskFormat,
    container_format: 'bare',
    ...(options.visibility !== undefined && { visibility: options.visibility }),
    ...(options.protected === true && { protected: true }),
    ...(options.force === true && { force: true }),
  };
  return untilInterrupted(async (signal) => {
    const upload = read(
      await client.post(`/volumes/${id}/action`, { 'os-volume_upload_image': request }),
      'os-volume_upload_image',
      uploadSchema,
    );
    if (!options.wait) return upload;
    const wait = { timeoutSeconds: globals.timeout };
    try {
      await withSpinner(globals, `uploading ${volume} as ${imageName}`, (onProgress) =>
        settle(client, volumes, id, [status], { ...wait, signal, onProgress }),
      );
    } catch (error) {
      if (!signal.aborted) throw error;
      await client.post(`/volumes/${id}/action`, { 'scoria:cancel': {} });
      await settle(client, volumes, id, [status], wait);
      throw error;
    }
    return upload;
  });
}
