import { readdir, readFile, readlink } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';

const root = '/sys/kernel/config/target';
/** What changes by itself, or is numbered by the kernel. */
const passing =
  /\/(statistics|fabric_statistics)$|\/(info|alua_tg_pt_[a-z]+|alua_lu_gp|members|rtpi|lba_map|action|hba_info)$/;
/** The fabric's own, of no target: targetctl clear writes NULL where nothing was. */
const ofTheFabric = 'iscsi/discovery_auth';
/** The numbers of adapters are chosen anew by whoever makes them. */
const unnumbered = (path: string) => path.replace(/^core\/(fileio|iblock)_\d+/, 'core/$1');

async function walk(path: string, into: string[]): Promise<void> {
  const entries = await readdir(join(root, path), { withFileTypes: true });
  for (const entry of entries) {
    const at = `${path}/${entry.name}`;
    if (passing.test(at) || at === ofTheFabric) continue;
    if (entry.isDirectory()) {
      into.push(`${unnumbered(at)}/`);
      await walk(at, into);
    } else if (entry.isSymbolicLink()) {
      const target = resolve(join(root, dirname(at)), await readlink(join(root, at)));
      into.push(`${unnumbered(at)} -> ${unnumbered(relative(root, target))}`);
    } else {
      const value = await readFile(join(root, at), 'utf8').catch(() => null);
      if (value !== null) into.push(`${unnumbered(at)} = ${value.trimEnd()}`);
    }
  }
}

/** LIO's whole configuration: every object, link and attribute, sorted. */
export async function lioTree(): Promise<string[]> {
  const lines: string[] = [];
  await walk('core', lines);
  await walk('iscsi', lines);
  return lines.sort();
}

/** Backstores and targets: the names of what somebody made. */
export async function lioObjects(): Promise<string[]> {
  const names = async (path: string) =>
    (await readdir(join(root, path), { withFileTypes: true }).catch(() => []))
      .filter((entry) => entry.isDirectory() && !['alua', 'discovery_auth'].includes(entry.name))
      .map((entry) => `${path}/${entry.name}`);
  return [...(await names('core')), ...(await names('iscsi'))].sort();
}
