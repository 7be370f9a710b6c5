import { randomUUID } from 'node:crypto';
import { ImageError } from '../../errors.ts';
import { ownerRuns, thisOwner } from '../../owner.ts';

const SIDECAR = '.json';
const PARTIAL = '.scoria-partial.';

/**
 * Checks the id of an image in a directory: the name of its file, which is no path, not hidden and no description.
 *
 * @throws ImageError IMAGE_NOT_FOUND
 */
export function checkImageId(imageId: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/.test(imageId) && !imageId.endsWith(SIDECAR)) return imageId;
  throw new ImageError('IMAGE_NOT_FOUND', `${JSON.stringify(imageId).slice(0, 80)} is no id of an image`);
}

/** Name of the file that describes an image. */
export function sidecarName(imageId: string): string {
  return `${imageId}${SIDECAR}`;
}

/** A name for a file that is not whole yet; no image can have it. It begins with who makes it. */
export function partialName(): string {
  return `${PARTIAL}${thisOwner()}.${randomUUID()}`;
}

/** Whether a file was being made by a process that is gone. */
export function isAbandoned(name: string): boolean {
  return name.startsWith(PARTIAL) && !ownerRuns(name.slice(PARTIAL.length));
}
