/** How a LUN number is written on the wire (`addressing_mode`, contract.md §15). */
export type AddressingMode = 'SAM' | 'SAM2' | 'SAM3-flat';

/** Address method 01b of a LUN's first two bits: flat space addressing (SAM-5 §4.7.7.5). */
const FLAT_SPACE = 0x4000;

/**
 * The number under which the kernel knows a LUN. It counts the address method in: SAM-2 targets address LUNs from 256 on flat,
 * SAM-3 flat ones all of them.
 */
export function kernelLun(lun: number, mode: AddressingMode = 'SAM'): number {
  const flat = mode === 'SAM3-flat' || (mode === 'SAM2' && lun >= 256);
  return flat ? lun + FLAT_SPACE : lun;
}
