import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The checkout. Everything that the bootstrap installs goes below it, Debian packages excepted. */
export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** Node and pnpm of the pinned versions. */
export const toolsFolder = join(root, '.tools');

/** Stamps and logs of the bootstrap. */
export const cacheFolder = join(root, '.cache');
