import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { MachineName } from './vm/machine.ts';

const FOLDER = 'test/lab/suites';
/** What the long suites of `usermode` took where they were measured, in seconds; any other counts as a short one. */
export const longSuites: Readonly<Record<string, number>> = {
  attachCycles: 180,
  iscsi: 75,
  lio: 30,
  lvm: 195,
  lvmThickContract: 145,
  lvmThinContract: 110,
  multipath: 140,
  osBrick: 35,
};
const OTHER = 15;

/** What one guest runs. */
export interface Share {
  readonly machine: MachineName;
  readonly suites: readonly string[];
}

/**
 * The suites whose path contains one of `wanted` (none: all), for at most so many guests of each machine: each has about as much to
 * do. A guest for nothing is left out.
 */
export function divideSuites(
  checkout: string,
  wanted: readonly string[],
  guests: Readonly<Record<MachineName, number>>,
): Share[] {
  const suites = readdirSync(join(checkout, FOLDER), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.lab.ts'))
    .map((name) => `${FOLDER}/${name}`)
    .filter((path) => wanted.length === 0 || wanted.some((part) => path.includes(part)));
  const machines: readonly MachineName[] = ['emulated', 'rebooted', 'usermode'];
  return machines.flatMap((machine) =>
    divide(
      suites.filter((path) => path.startsWith(`${FOLDER}/${machine}/`)),
      guests[machine],
    ).map((paths) => ({ machine, suites: paths })),
  );
}

function divide(suites: readonly string[], guests: number): string[][] {
  const shares = Array.from({ length: guests }, () => ({ weight: 0, paths: [] as string[] }));
  for (const path of suites.toSorted(
    (one, other) => weightOf(other) - weightOf(one) || (one < other ? -1 : 1),
  )) {
    const least = shares.reduce((best, share) => (share.weight < best.weight ? share : best));
    least.weight += weightOf(path);
    least.paths.push(path);
  }
  return shares.map(({ paths }) => paths.sort()).filter((paths) => paths.length > 0);
}

function weightOf(path: string): number {
  return longSuites[basename(path, '.lab.ts')] ?? OTHER;
}
