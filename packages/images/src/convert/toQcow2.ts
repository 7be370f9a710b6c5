import { openEndpoint } from '@scoria/data-mover';
import type { VolumeEndpoint } from '../model.ts';
import type { Place } from '../sandbox/sandbox.ts';
import { type Conversion, runQemuImg } from './runQemuImg.ts';

/** A volume and the file that it becomes. */
export interface ToQcow2 {
  readonly source: VolumeEndpoint;
  /** An empty file of our own. */
  readonly file: Place;
  readonly compress: boolean;
  readonly signal: AbortSignal;
  readonly onShare: (share: number) => void;
}

/** Tables, and data that does not become smaller. */
const OVERHEAD_BYTES = 64 * 1024 * 1024;

/**
 * Makes a qcow2 of a volume. The volume is always read as raw: whoever wrote a header of another format into it gets it back as bytes.
 *
 * @throws ImageError CONVERSION_FAILED, NO_SPACE, TOOL_MISSING, CANCELLED; DataMoverError when the volume is not what it should be
 */
export async function convertToQcow2(work: ToQcow2, conversion: Conversion): Promise<void> {
  const { source, file, compress, signal, onShare } = work;
  const endpoint = openEndpoint('source', source.path, source.identity);
  try {
    const driver = endpoint.kind === 'file' ? 'file' : 'host_device';
    await runQemuImg(
      {
        places: { volume: { path: source.path, fd: endpoint.fd, access: 'read' }, output: file },
        args: ({ volume = '', output = '' }) => [
          ...['convert', '-p', '-W', '-m', '8', '-t', 'writeback', '-T', 'writeback', '-O', 'qcow2'],
          ...['-o', 'compat=1.1', ...(compress ? ['-c'] : [])],
          `json:${JSON.stringify({
            driver: 'raw',
            size: source.sizeBytes,
            'read-only': true,
            file: { driver, filename: volume },
          })}`,
          output,
        ],
        diskBytes: source.sizeBytes,
        fileBytes: source.sizeBytes + Math.floor(source.sizeBytes / 64) + OVERHEAD_BYTES,
        description: 'convert a volume to qcow2',
        signal,
        onShare,
      },
      conversion,
    );
  } finally {
    endpoint.close();
  }
}
