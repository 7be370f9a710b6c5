import type { FibreChannelAccess } from '@scoria/driver-sdk';
import type { Device } from '@scoria/lio-kit';
import type { ExportRecord } from '../record.ts';
import type { ShownExport } from './showExport.ts';

/** How an export's LUN differs from its record, in words; empty when it does not. What differs here cannot be changed in place. */
export function lunDifferences(
  record: Pick<ExportRecord, 'path' | 'serial'>,
  device: Device,
  { backstore, at }: ShownExport,
): string[] {
  const differences: string[] = [];
  const check = (what: string, is: unknown, should: unknown) => {
    if (is !== should) differences.push(`${what} is ${is}, not ${should}`);
  };
  check('the backstore is enabled', backstore.enabled, true);
  check('the kind of backstore', backstore.kind, device.kind === 'file' ? 'fileio' : 'iblock');
  check('the backing device', backstore.device, record.path);
  // A path may lead to another device by now: the kernel keeps the one it opened.
  if (device.kind === 'block') check('the device number', backstore.number, device.number);
  check('the serial', backstore.serial, record.serial);
  const numbers = new Set(at.map(({ lun }) => lun));
  if (numbers.size !== 1) differences.push(`it has the LUNs ${[...numbers].join(' ') || 'none'}`);
  return differences;
}

/** How ports and access differ, in words: what can be brought in order under sessions. */
export function accessDifferences(
  access: readonly FibreChannelAccess[],
  ports: readonly string[],
  { at }: ShownExport,
): string[] {
  const missing = ports.filter((port) => !at.some((each) => each.port === port));
  const wrong = at.flatMap(({ port, access: shown }) => [
    ...access
      .filter(
        ({ wwpn, readOnly }) =>
          !shown.some((each) => each.wwpn === wwpn && each.isMapped && each.readOnly === readOnly),
      )
      .map(({ wwpn }) => `the access of ${wwpn} at ${port} is not as asked for`),
    ...shown
      .filter(({ wwpn }) => !access.some((each) => each.wwpn === wwpn))
      .map(({ wwpn }) => `${wwpn} has access at ${port}`),
  ]);
  return [...missing.map((port) => `it is not at ${port}`), ...wrong];
}
