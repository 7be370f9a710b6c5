import { resolve } from 'node:path';
import { buildPackage } from '../build/buildPackage.ts';
import { findPackages } from '../build/findPackages.ts';

/** Builds the data mover before tests run: its threads run what is built, also where everything else is source. */
export default async function buildWorker(): Promise<void> {
  const packages = await findPackages(resolve(import.meta.dirname, '../..'));
  for (const found of packages) if (found.manifest.name === '@scoria/data-mover') await buildPackage(found);
}
