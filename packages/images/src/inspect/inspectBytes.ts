import type { DiskFormat } from '../model.ts';
import type { ByteSource } from './byteSource.ts';
import type { Accepted, Detector, InspectionRequest } from './detector.ts';
import { iso } from './formats/iso.ts';
import { luks } from './formats/luks.ts';
import { qcow2 } from './formats/qcow2.ts';
import { qed } from './formats/qed.ts';
import { vdi } from './formats/vdi.ts';
import { vhd } from './formats/vhd.ts';
import { vhdx } from './formats/vhdx.ts';
import { vmdk } from './formats/vmdk.ts';
import { demand, RuleBroken } from './rules.ts';

const detectors: readonly Detector[] = [qcow2, qed, vmdk, vdi, vhd, vhdx, luks, iso];

/**
 * Which formats the bytes may be of when the image is declared to be something else by name only. An ISO and a LUKS container are
 * raw disks that one can tell from others; a partition table is nothing special.
 */
const acceptable: Readonly<Partial<Record<DiskFormat, readonly DiskFormat[]>>> = {
  raw: ['raw', 'iso', 'luks'],
  iso: ['iso', 'raw'],
};

/**
 * Finds out what bytes are, and whether they break a rule. Does no more work than the tables of the format ask for, and a bound on that.
 *
 * @throws RuleBroken; errors of the source's own `read` pass through
 */
export function inspectBytes(source: ByteSource, request: InspectionRequest): Accepted {
  const [detector, ...others] = detectors.filter((each) => each.matches(source, request));
  demand(others.length === 0, 'any.ambiguous', [detector, ...others].map((each) => each?.format).join(', '));
  const format = detector?.format ?? 'raw';
  if (format === 'qed') throw new RuleBroken('qed.unsupported');
  demand(
    (acceptable[request.declared] ?? [request.declared]).includes(format),
    'any.declared-format',
    `${format}, not ${request.declared}`,
  );
  const virtualSizeBytes = detector === undefined ? source.sizeBytes : detector.inspect(source, request);
  demand(
    virtualSizeBytes === null || virtualSizeBytes <= request.mostVirtualBytes,
    'any.virtual-size',
    `${virtualSizeBytes} bytes, more than ${request.mostVirtualBytes}`,
  );
  return { format, virtualSizeBytes };
}
