/**
 * The WWID by which multipathd knows a disk, from what the kernel's `wwid` says: the designator's type as a digit, then the
 * designator (scsi_id(8), which udev asks). Null where scsi_id goes its own ways (T10 vendor identifications) or there is none.
 */
export function mpathWwid(kernelWwid: string): string | null {
  const match = /^(naa|eui)\.([0-9a-f]+)$/i.exec(kernelWwid);
  const [, type, designator] = match ?? [];
  if (type === undefined || designator === undefined) return null;
  return `${type.toLowerCase() === 'naa' ? '3' : '2'}${designator.toLowerCase()}`;
}
