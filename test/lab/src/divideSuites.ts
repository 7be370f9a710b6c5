import { readdirSync } from 'node:fs';
import { join } from 'node:path';

const FOLDER = 'test/lab/suites';
/** The whole contract of a driver takes about as long as so many other suites. */
const CONTRACT = 3;

/**
 * The suites whose path contains one of `wanted` (none: all), for at most so many guests: each has about as much to do. A guest
 * for nothing is left out.
 */
export function divideSuites(checkout: string, wanted: readonly string[], guests: number): string[][] {
  const suites = readdirSync(join(checkout, FOLDER), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.lab.ts'))
    .map((name) => `${FOLDER}/${name}`)
    .filter((path) => wanted.length === 0 || wanted.some((part) => path.includes(part)));
  const shares = Array.from({ length: guests }, () => ({ weight: 0, paths: [] as string[] }));
  for (const path of suites.sort((one, other) => weightOf(other) - weightOf(one) || (one < other ? -1 : 1))) {
    const least = shares.reduce((best, share) => (share.weight < best.weight ? share : best));
    least.weight += weightOf(path);
    least.paths.push(path);
  }
  return shares.map(({ paths }) => paths.sort()).filter((paths) => paths.length > 0);
}

function weightOf(path: string): number {
  return path.includes('Contract.lab') ? CONTRACT : 1;
}
