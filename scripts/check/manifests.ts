import { readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { nodeMajor, pins } from '../bootstrap/pins.mjs';
import { listManifests } from './listManifests.ts';

const dependencies = z.record(z.string(), z.string()).default({});
const manifest = z.object({
  name: z.string(),
  private: z.boolean().default(false),
  license: z.string().optional(),
  engines: z.object({ node: z.string() }).optional(),
  packageManager: z.string().optional(),
  dependencies,
  devDependencies: dependencies,
  peerDependencies: dependencies,
  optionalDependencies: dependencies,
});
const workspace = z.object({ catalog: z.record(z.string(), z.string()) });

/**
 * One version of each library for the whole workspace: every dependency is `catalog:` or `workspace:*`, every version
 * in the catalog is exact and used, and the versions that the bootstrap installs are those that package.json names.
 */
export async function checkManifests(root: string): Promise<string> {
  const { catalog } = workspace.parse(parse(await readFile(join(root, 'pnpm-workspace.yaml'), 'utf8')));
  const findings: string[] = [];
  const used = new Set<string>();

  for (const [name, version] of Object.entries(catalog)) {
    if (!/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))
      findings.push(`pnpm-workspace.yaml: ${name} ${version} is no exact version`);
  }
  for (const file of await listManifests(root)) {
    const found = manifest.parse(JSON.parse(await readFile(file, 'utf8')));
    const where = relative(root, file);
    const all = {
      ...found.dependencies,
      ...found.devDependencies,
      ...found.peerDependencies,
      ...found.optionalDependencies,
    };
    for (const [name, version] of Object.entries(all)) {
      used.add(name);
      if (version !== 'catalog:' && version !== 'workspace:*') {
        findings.push(
          `${where}: ${name} is '${version}'; use 'catalog:' and put the version into pnpm-workspace.yaml`,
        );
      }
    }
    if (found.private) continue;
    if (found.license !== 'Apache-2.0') findings.push(`${where}: license is not Apache-2.0`);
    if (found.engines?.node !== `>=${nodeMajor}`)
      findings.push(`${where}: engines.node is not '>=${nodeMajor}'`);
  }
  for (const name of Object.keys(catalog)) {
    if (!used.has(name)) findings.push(`pnpm-workspace.yaml: no package uses ${name}`);
  }
  const top = manifest.parse(JSON.parse(await readFile(join(root, 'package.json'), 'utf8')));
  if (top.packageManager !== `pnpm@${pins.pnpm.version}`) {
    findings.push(
      `package.json: packageManager is not pnpm@${pins.pnpm.version}, which scripts/bootstrap/pins.mjs installs`,
    );
  }
  return findings.join('\n');
}
