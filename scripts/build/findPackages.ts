import { glob, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';

const exportTarget = z.object({ 'scoria-source': z.string(), default: z.string() });

const packageManifest = z.object({
  name: z.string(),
  private: z.boolean().default(false),
  exports: z.record(z.string(), z.union([z.string(), exportTarget])).default({}),
  bin: z.record(z.string(), z.string()).default({}),
  dependencies: z.record(z.string(), z.string()).default({}),
  scoria: z.object({ kind: z.string(), entry: z.string(), optionsSchema: z.string().optional() }).optional(),
});

/** The parts of a package.json that decide what is built from it. */
export type PackageManifest = z.infer<typeof packageManifest>;

/** One workspace package. */
export interface WorkspacePackage {
  /** Absolute folder. */
  folder: string;
  manifest: PackageManifest;
}

/**
 * Lists the packages under `packages/`, in a stable order.
 * @throws when a package.json cannot be parsed, naming the file.
 */
export async function findPackages(root: string): Promise<WorkspacePackage[]> {
  const found: WorkspacePackage[] = [];
  for await (const file of glob('packages/{*,target-helpers/*,backing-stores/*}/package.json', {
    cwd: root,
  })) {
    const parsed = packageManifest.safeParse(JSON.parse(await readFile(join(root, file), 'utf8')));
    if (!parsed.success) throw new Error(`${file}: ${z.prettifyError(parsed.error)}`);
    found.push({ folder: dirname(join(root, file)), manifest: parsed.data });
  }
  return found.sort((a, b) => (a.manifest.name < b.manifest.name ? -1 : 1));
}
