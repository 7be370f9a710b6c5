import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/**
 * Path of one of this package's programs, which run as processes of their own: `programs/NAME.ts` in the sources; `NAME.js` beside
 * this module when built, one folder up when the bundle was split and this module is one of its chunks.
 *
 * @throws Error when it is not there: a build that is not whole
 */
export function programFile(name: string, moduleUrl = import.meta.url): string {
  const places = moduleUrl.endsWith('.ts') ? [`./programs/${name}.ts`] : [`./${name}.js`, `../${name}.js`];
  const paths = places.map((place) => fileURLToPath(new URL(place, moduleUrl)));
  const found = paths.find((path) => existsSync(path));
  if (found !== undefined) return found;
  throw new Error(`the program ${name} is not there: looked for ${paths.join(' and ')}`);
}
