import { readFileSync } from 'node:fs';
import { processStamp } from './transfer/processStamp.ts';

/** This process beyond doubt, as the beginning of file names that outlive a boot: `BOOT.PID-START`. */
export function thisOwner(): string {
  return `${bootId()}.${processStamp(process.pid)}`;
}

/** Whether the process that a name begins with still runs. A name that says none belongs to nobody. */
export function ownerRuns(name: string): boolean {
  const [boot, stamp] = name.split('.');
  if (boot !== bootId() || stamp === undefined || !/^\d+-\d+$/.test(stamp)) return false;
  return processStamp(Number(stamp.split('-')[0])) === stamp;
}

/** Processes early in two boots may well have the same number and the same time since the boot. */
function bootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').slice(0, 8);
}
