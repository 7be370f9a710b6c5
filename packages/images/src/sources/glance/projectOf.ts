import { ImageError } from '../../errors.ts';
import type { ImageCaller } from '../../model.ts';
import type { GlanceImage } from './imageRecord.ts';

/** Property that says for which project an image was made, where Glance only sees the service's own token. */
export const PROJECT_PROPERTY = 'scoria_project_id';

/**
 * Refuses an image that is another project's. Needed where every request has the service's token: Glance then shows what the service
 * may see, whoever asks.
 *
 * @throws ImageError IMAGE_NOT_FOUND, as Glance itself answers for an image of another project
 */
export function requireProject({ description, visibility, owner }: GlanceImage, caller: ImageCaller): void {
  if (visibility === 'public' || visibility === 'community') return;
  const project = description.properties[PROJECT_PROPERTY] ?? owner;
  if (project === null || project === caller.projectId) return;
  throw new ImageError('IMAGE_NOT_FOUND', `there is no image ${description.id}`);
}
