import type { Configfs } from '../configfs/configfs.ts';
import { numberOf } from './names.ts';

/** LIO's kinds of backstores that we use, by the names of their directories. */
export type BackstoreKind = 'fileio' | 'iblock';

/** A backstore as the kernel shows it. */
export interface Backstore {
  /** `core/<kind>_<number>/<name>`. */
  readonly path: string;
  readonly kind: BackstoreKind;
  readonly name: string;
  /** False: half-made. */
  readonly enabled: boolean;
  /** Path of the file or device, as it was given. */
  readonly device: string;
  /** Number of the block device (`major:minor`); null for a file. */
  readonly number: string | null;
  /** Bytes that a file shows; null for a device, whose own size counts. */
  readonly size: number | null;
  readonly serial: string;
  readonly writeCache: boolean;
}

/** Directories of all backstores of these kinds: name and path. */
export async function listBackstores(
  fs: Configfs,
): Promise<{ readonly name: string; readonly path: string }[]> {
  const adapters = (await fs.list('core')).filter(
    ({ name, kind }) => kind === 'directory' && adapterNumber(name) !== null,
  );
  const found = await Promise.all(
    adapters.map(async (adapter) =>
      (await fs.list(`core/${adapter.name}`))
        .filter(({ kind }) => kind === 'directory')
        .map(({ name }) => ({ name, path: `core/${adapter.name}/${name}` })),
    ),
  );
  return found.flat();
}

/** The number of an adapter's directory; null for what is none of ours to read. */
export function adapterNumber(name: string): number | null {
  return numberOf(name, 'fileio_') ?? numberOf(name, 'iblock_');
}

/** Reads a backstore; undefined when there is none, or one of a kind that we do not make. */
export async function readBackstore(fs: Configfs, path: string): Promise<Backstore | undefined> {
  const match = /^core\/(fileio|iblock)_\d+\/([^/]+)$/.exec(path);
  const [, kind, name] = match ?? [];
  if ((kind !== 'fileio' && kind !== 'iblock') || name === undefined) return undefined;
  const [enabled, info = '', device = '', serial = '', cache] = await Promise.all([
    fs.read(`${path}/enable`),
    fs.read(`${path}/info`),
    fs.read(`${path}/udev_path`),
    fs.read(`${path}/wwn/vpd_unit_serial`),
    fs.read(`${path}/attrib/emulate_write_cache`),
  ]);
  if (enabled === undefined) return undefined;
  const numbers = /Major: (\d+) +Minor: (\d+)/.exec(info);
  const size = /File: .*? +Size: (\d+)/.exec(info);
  return {
    path,
    kind,
    name,
    enabled: enabled === '1',
    device: device.trim(),
    number: kind === 'iblock' && numbers ? `${numbers[1]}:${numbers[2]}` : null,
    size: kind === 'fileio' && size ? Number(size[1]) : null,
    // "T10 VPD Unit Serial Number: 1111..."
    serial: serial.slice(serial.indexOf(':') + 1).trim(),
    writeCache: cache === '1',
  };
}
