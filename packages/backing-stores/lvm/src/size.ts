import { ContractError, type StoredObject } from '@scoria/driver-sdk';

/**
 * A logical volume is whole extents. Another size is refused, not rounded up: an initiator would see, and use, bytes that no copy of the
 * volume would take along.
 *
 * @throws ContractError SIZE_UNSUPPORTED
 */
export function checkSize({ name, size }: StoredObject, extentSize: number): void {
  if (Number.isSafeInteger(size) && size >= extentSize && size % extentSize === 0) return;
  throw new ContractError(
    'SIZE_UNSUPPORTED',
    `${name}: ${size} bytes are not a whole number of extents of ${extentSize} bytes`,
    { details: { size, extentSize } },
  );
}
