/** Major and minor number of a block device. */
export interface DeviceNumber {
  readonly major: number;
  readonly minor: number;
}

/** Takes st_rdev apart. gnu_dev_major(3), gnu_dev_minor(3). */
export function deviceNumber(rdev: bigint): DeviceNumber {
  return {
    major: Number(((rdev >> 8n) & 0xfffn) | ((rdev >> 32n) & 0xffff_f000n)),
    minor: Number((rdev & 0xffn) | ((rdev >> 12n) & 0xffff_ff00n)),
  };
}
