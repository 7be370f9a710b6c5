/** What inspecting and converting one image may use. */
export interface ImageLimits {
  /** CPU time of an inspection in seconds, its digest not counted; four times as long on the clock. */
  readonly inspectionSeconds: number;
  readonly inspectionAddressSpaceBytes: number;
  /** CPU time of a conversion in seconds, in addition to one for each {@link ImageLimits.bytesPerCpuSecond} of the disk. */
  readonly conversionSeconds: number;
  /** Bytes of a disk that must be converted in one second of CPU time. */
  readonly bytesPerCpuSecond: number;
  readonly conversionAddressSpaceBytes: number;
  /** Longest time of a conversion on the clock, in ms. */
  readonly conversionDeadlineMs: number;
}

/** Enough for every image that is not made to take long. */
export const defaultLimits: ImageLimits = {
  inspectionSeconds: 30,
  // Most of it is never used: V8 reserves it.
  inspectionAddressSpaceBytes: 8 * 1024 ** 3,
  conversionSeconds: 120,
  bytesPerCpuSecond: 4 * 1024 ** 2,
  conversionAddressSpaceBytes: 2 * 1024 ** 3,
  conversionDeadlineMs: 24 * 3_600_000,
};
