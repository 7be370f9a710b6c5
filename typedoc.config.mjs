import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const folders = globSync('packages/{*,target-helpers/*,backing-stores/*}/package.json', {
  cwd: import.meta.dirname,
}).map(dirname);
const manifestOf = (folder) =>
  JSON.parse(readFileSync(join(import.meta.dirname, folder, 'package.json'), 'utf8'));

/** Every entry that a package exports, as its TypeScript source. */
const entryPoints = folders
  .flatMap((folder) =>
    Object.values(manifestOf(folder).exports ?? {}).map((target) => join(folder, target['scoria-source'])),
  )
  .filter((file) => existsSync(join(import.meta.dirname, file)))
  .sort();

/** The reference pages, and the check that what packages export is documented (`npm run check`). */
export default {
  name: 'Scoria',
  entryPoints,
  out: 'docs/reference/api',
  readme: 'none',
  disableGit: true,
  disableSources: true,
  // `tsc` reports type errors; here they would be reported twice.
  skipErrorChecking: true,
  excludePrivate: true,
  excludeInternal: true,
  excludeExternals: true,
  packagesRequiringDocumentation: folders.map((folder) => manifestOf(folder).name),
  requiredToBeDocumented: ['Class', 'Interface', 'Function', 'Variable', 'TypeAlias', 'Method', 'Accessor'],
  validation: { notDocumented: true, notExported: false, invalidLink: true },
  treatValidationWarningsAsErrors: true,
  logLevel: 'Warn',
};
