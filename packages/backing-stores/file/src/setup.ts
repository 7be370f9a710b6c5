import { access, constants, stat } from 'node:fs/promises';
import { ContractError, GIB, type PluginContext } from '@scoria/driver-sdk';
import { errnoOf } from './errors.ts';
import { makeImage } from './image/makeImage.ts';
import { mountImage } from './image/mountImage.ts';
import type { Layout } from './layout.ts';
import { makeDirectory } from './makeDirectory.ts';
import type { FileStoreOptions } from './options.ts';
import { canReflink } from './reflink.ts';
import { requireShredding } from './removal.ts';
import { sweepStaging } from './staging.ts';

/** A store that is set up. */
export interface Ground {
  /** Whether its files can share blocks. Found out when first asked: a full filesystem must still let volumes be deleted. */
  readonly reflinks: () => Promise<boolean>;
  /** Says whether the directories are still the ones that were set up. */
  readonly present: () => Promise<boolean>;
}

/**
 * Makes the directories (and the image, and its mount) ready. Repeating it changes nothing.
 *
 * @throws ContractError INVALID_CONFIGURATION naming the option; COMMAND_FAILED, TOOL_MISSING from making or mounting the image
 */
export async function setUp(
  layout: Layout,
  options: FileStoreOptions,
  { log }: PluginContext,
): Promise<Ground> {
  if (options.file_store_image !== undefined) {
    const made = await makeImage(options.file_store_image, options.file_store_image_size * GIB);
    if (made) log.info({ image: options.file_store_image }, 'made the image of the file store');
    await mountImage(options.file_store_image, layout.root);
  }
  for (const directory of [layout.root, layout.volumes, layout.snapshots, layout.staging, layout.unmanaged]) {
    await usableDirectory(directory);
  }
  const swept = await sweepStaging(layout);
  if (swept > 0) log.info({ swept }, 'removed files that an ended process was making');
  let reflinks: boolean | undefined;
  const ground = await stat(layout.volumes);
  const sharesBlocks = async (): Promise<boolean> => {
    reflinks ??= await canReflink(layout.staging);
    return reflinks;
  };
  await requireShredding(layout.volumes, options, sharesBlocks);
  return {
    reflinks: sharesBlocks,
    present: async () => {
      const now = await stat(layout.volumes).catch(() => null);
      return now !== null && now.dev === ground.dev && now.ino === ground.ino;
    },
  };
}

async function usableDirectory(path: string): Promise<void> {
  try {
    await makeDirectory(path);
    await access(path, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === undefined) throw error;
    throw new ContractError('INVALID_CONFIGURATION', `file_store_dir: ${path} cannot be used: ${errno}`, {
      cause: error,
      details: { option: 'file_store_dir', path },
    });
  }
}
