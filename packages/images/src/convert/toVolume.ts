import { constants, fsync } from 'node:fs';
import { open } from 'node:fs/promises';
import { promisify } from 'node:util';
import { type Endpoint, openEndpoint } from '@scoria/data-mover';
import { ImageError } from '../errors.ts';
import type { DiskFormat, VolumeEndpoint } from '../model.ts';
import type { Place } from '../sandbox/sandbox.ts';
import { type Conversion, runQemuImg } from './runQemuImg.ts';

/** A format that is not the disk itself. */
export type ConvertedFormat = Exclude<DiskFormat, 'raw' | 'iso' | 'luks'>;

/** An inspected image and where its disk goes. */
export interface ToVolume {
  readonly image: Place;
  /** Whether its bytes were written just now, so that they need not come from the medium. */
  readonly imageInMemory: boolean;
  readonly format: ConvertedFormat;
  readonly virtualSizeBytes: number;
  readonly destination: VolumeEndpoint;
  readonly signal: AbortSignal;
  readonly onShare?: (share: number) => void;
}

/**
 * Options of each driver of qemu's, beside its name. A parent is not looked for where there could be one; a size is the one that the
 * header states, as it was inspected, not one that is worked out from a geometry.
 */
const drivers: Readonly<Record<ConvertedFormat, Readonly<Record<string, unknown>>>> = {
  qcow2: { driver: 'qcow2', backing: null },
  vmdk: { driver: 'vmdk', backing: null },
  vdi: { driver: 'vdi' },
  vhd: { driver: 'vpc', force_size_calc: 'current_size' },
  vhdx: { driver: 'vhdx' },
};
/** Direct I/O of a file is by whole blocks of its file system. */
const DIRECT_BLOCK = 4096;
const sync = promisify(fsync);

/**
 * Writes the disk of an image onto a volume, from byte 0 on, and nothing behind it. The destination is proven before and after, never
 * created, truncated or grown. Durable when it returns.
 *
 * @throws ImageError CONVERSION_FAILED, TOOL_MISSING, CANCELLED; DataMoverError when the destination is not what it should be
 */
export async function convertToVolume(work: ToVolume, conversion: Conversion): Promise<void> {
  const { image, destination, virtualSizeBytes, signal } = work;
  const endpoint = openEndpoint('destination', destination.path, destination.identity);
  try {
    if (endpoint.size < virtualSizeBytes)
      throw new ImageError('IMAGE_TOO_LARGE', `${destination.path} has ${endpoint.size} bytes only`);
    const caches: Caches = {
      // Measured, cold: a conversion takes half the time when the image does not go through the page cache.
      image: !work.imageInMemory && (await takesDirect(image.path)) ? 'none' : 'writeback',
      volume: endpoint.size % DIRECT_BLOCK === 0 && (await takesDirect(endpoint.path)) ? 'none' : 'writeback',
    };
    const { onShare } = work;
    await runQemuImg(
      {
        places: { image, volume: { path: destination.path, fd: endpoint.fd, access: 'write' } },
        args: (paths) => convertArgs(work, caches, endpoint.kind, paths),
        diskBytes: virtualSizeBytes,
        fileBytes: endpoint.size,
        description: `convert an image of format ${work.format}`,
        signal,
        ...(onShare === undefined ? {} : { onShare }),
      },
      conversion,
    );
    await sync(endpoint.fd);
    proveUnchanged(endpoint, destination);
  } catch (error) {
    // Else close(2) would write what is left in the cache of a device, and keep this thread, which serves everybody, as long.
    await sync(endpoint.fd).catch(() => undefined);
    throw error;
  } finally {
    endpoint.close();
  }
}

/** Cache modes of qemu's: direct I/O, or the kernel's page cache. */
interface Caches {
  readonly image: 'none' | 'writeback';
  readonly volume: 'none' | 'writeback';
}

/** Nothing of these words comes from outside: no name can be taken for a protocol or an option. */
function convertArgs(
  { format, destination }: ToVolume,
  caches: Caches,
  kind: Endpoint['kind'],
  { image = '', volume = '' }: Readonly<Record<string, string>>,
): string[] {
  const file = { driver: 'file', filename: image };
  const device = kind === 'file' ? 'file' : 'host_device';
  return [
    ...['convert', '-p', '-n', '-W', '-m', '8', '-t', caches.volume, '-T', caches.image],
    // Otherwise what is zero in the image is written, or made zero by a request that promises it: a discard does not.
    ...(destination.isZero ? ['--target-is-zero'] : []),
    '--target-image-opts',
    `json:${JSON.stringify({ ...drivers[format], 'read-only': true, file })}`,
    `driver=raw,file.driver=${device},file.filename=${volume},file.discard=ignore`,
  ];
}

/** Whether a path takes O_DIRECT, found by opening it: nothing is read, written, created or cut (contract.md D37). */
async function takesDirect(path: string): Promise<boolean> {
  try {
    const handle = await open(path, constants.O_RDONLY | constants.O_DIRECT | constants.O_NONBLOCK);
    await handle.close();
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error) return false;
    throw error;
  }
}

/** The path must still be what was written, and as large as it was. */
function proveUnchanged(endpoint: Endpoint, { path, identity }: VolumeEndpoint): void {
  const now = openEndpoint('destination', path, identity, 'read');
  try {
    if (now.key === endpoint.key && now.size === endpoint.size) return;
    throw new ImageError(
      'CONVERSION_FAILED',
      `${path} was replaced or resized while an image was written to it`,
    );
  } finally {
    now.close();
  }
}
