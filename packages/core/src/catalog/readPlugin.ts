import { constants } from 'node:fs';
import { access, readFile, realpath } from 'node:fs/promises';
import { dirname, join, resolve, sep } from 'node:path';
import { z } from 'zod';
import { type PluginManifest, PROTOCOL_VERSIONS, pluginManifestSchema } from '../contract/index.ts';
import { CatalogError } from './catalogError.ts';
import { hasErrorCode } from './errorCode.ts';
import type { PluginEntry } from './pluginEntry.ts';

const packageSchema = z.looseObject({
  name: z.string().default(''),
  version: z.string().default('0.0.0'),
  scoria: z.unknown().optional(),
});

/** A package.json as far as plugins are concerned. */
export type PackageJson = z.output<typeof packageSchema>;

/**
 * Reads a package.json; undefined when the directory has none.
 * @throws CatalogError PLUGIN_BAD_JSON, PLUGIN_DIRECTORY_UNREADABLE
 */
export async function readPackageJson(directory: string): Promise<PackageJson | undefined> {
  const path = join(directory, 'package.json');
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    if (hasErrorCode(cause, 'ENOENT', 'ENOTDIR')) return undefined;
    throw new CatalogError('PLUGIN_DIRECTORY_UNREADABLE', `${path} cannot be read: ${messageOf(cause)}`, {
      paths: [path],
      cause,
    });
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new CatalogError('PLUGIN_BAD_JSON', `${path} is not JSON: ${messageOf(cause)}`, {
      paths: [path],
      cause,
    });
  }
  const parsed = packageSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new CatalogError('PLUGIN_BAD_JSON', `${path} is no package.json: ${describe(parsed.error, [])}`, {
    paths: [path],
  });
}

/**
 * Reads one plugin from its package, importing nothing of it.
 * @throws CatalogError with the code of what is wrong.
 */
export async function readPlugin(directory: string, packageJson: PackageJson): Promise<PluginEntry> {
  const path = join(directory, 'package.json');
  if (packageJson.scoria === undefined) {
    throw new CatalogError(
      'PLUGIN_NO_SCORIA_FIELD',
      `${path} has no "scoria" field: the package is no Scoria plugin; its author must add one (see the driver guide)`,
      { paths: [path] },
    );
  }
  const parsed = pluginManifestSchema.safeParse(packageJson.scoria);
  if (!parsed.success) {
    throw new CatalogError('PLUGIN_BAD_MANIFEST', `${path}: ${describe(parsed.error, ['scoria'])}`, {
      paths: [path],
      plugin: claimedIdentity(packageJson.scoria),
    });
  }
  const manifest = parsed.data;
  checkProtocol(manifest, path);
  return {
    kind: manifest.kind,
    name: manifest.name,
    packageName: packageJson.name,
    version: packageJson.version,
    directory: await realpath(directory),
    protocol: manifest.protocol,
    entry: await locate(directory, 'entry', manifest.entry, manifest),
    executable: manifest.executable,
    optionsSchema:
      manifest.optionsSchema === undefined
        ? undefined
        : await locate(directory, 'optionsSchema', manifest.optionsSchema, manifest),
  };
}

function checkProtocol(manifest: PluginManifest, path: string): void {
  if (manifest.protocol.some((version) => PROTOCOL_VERSIONS.includes(version))) return;
  throw new CatalogError(
    'PLUGIN_PROTOCOL_MISMATCH',
    `${path}: the ${manifest.kind} "${manifest.name}" speaks protocol ${manifest.protocol.join(', ')}, this Scoria speaks ` +
      `${PROTOCOL_VERSIONS.join(', ')}: install a version of the plugin that fits`,
    { paths: [path], plugin: manifest },
  );
}

/** The real path of a file that the manifest names; it must lie inside the package, links followed. */
async function locate(
  directory: string,
  field: 'entry' | 'optionsSchema',
  named: string,
  manifest: PluginManifest,
): Promise<string> {
  const who = `the ${manifest.kind} "${manifest.name}" in ${directory}`;
  const wanted = resolve(directory, named);
  const outside = (where: string): CatalogError =>
    new CatalogError(
      'PLUGIN_ENTRY_OUTSIDE',
      `${who}: scoria.${field} "${named}" leads outside the package, to ${where}`,
      {
        paths: [where],
        plugin: manifest,
      },
    );
  if (!isInside(directory, wanted)) throw outside(wanted);
  let found: string;
  try {
    found = await realpath(wanted);
  } catch (cause) {
    const code = field === 'entry' ? 'PLUGIN_ENTRY_MISSING' : 'PLUGIN_BAD_OPTIONS_SCHEMA';
    const what = `${who}: scoria.${field} names ${wanted}, which is not there: build the package or reinstall it`;
    throw new CatalogError(code, what, { paths: [wanted], plugin: manifest, cause });
  }
  if (!isInside(await realpath(directory), found)) throw outside(found);
  if (field === 'entry' && manifest.executable) await checkExecutable(found, who, manifest);
  return found;
}

async function checkExecutable(path: string, who: string, manifest: PluginManifest): Promise<void> {
  try {
    await access(path, constants.X_OK);
  } catch (cause) {
    throw new CatalogError(
      'PLUGIN_ENTRY_NOT_EXECUTABLE',
      `${who}: ${path} may not be executed: chmod +x it`,
      {
        paths: [path],
        plugin: manifest,
        cause,
      },
    );
  }
}

function isInside(directory: string, path: string): boolean {
  return (
    path.startsWith(directory.endsWith(sep) ? directory : `${directory}${sep}`) && dirname(path) !== path
  );
}

function claimedIdentity(scoria: unknown): { kind: string; name: string } | undefined {
  return z.object({ kind: z.string(), name: z.string() }).safeParse(scoria).data;
}

function describe(error: z.ZodError, prefix: readonly string[]): string {
  return error.issues.map((issue) => `${[...prefix, ...issue.path].join('.')}: ${issue.message}`).join('; ');
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
