import type { Detector } from '../detector.ts';

/** Sector 16 of 2048 bytes, after the type of the volume descriptor (ECMA-119). */
const IDENTIFIER_OFFSET = 16 * 2048 + 1;

/** An ISO 9660 file system, which is a raw disk. */
export const iso: Detector = {
  format: 'iso',
  matches: (source) => source.read(IDENTIFIER_OFFSET, 5).toString('latin1') === 'CD001',
  inspect: (source) => source.sizeBytes,
};
