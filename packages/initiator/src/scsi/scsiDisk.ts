/** A disk of the kernel's SCSI layer. */
export interface ScsiDisk {
  /** Kernel name, such as `sda`. */
  readonly name: string;
  /** The LUN as the kernel counts it (`kernelLun`). */
  readonly lun: number;
  /** Sysfs directory of the SCSI device itself (`…/target7:0:0/7:0:0:1`), which outlives the disk's own directory. */
  readonly device: string;
}

/** Where a LUN is looked for. No part of it is ever a wildcard: that would bring in LUNs of others. */
export interface ScsiAddress {
  readonly host: string;
  readonly channel: string;
  readonly target: string;
}
