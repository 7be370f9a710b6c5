import { stat } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { ContractError } from '@scoria/driver-sdk';
import { change, fullName, type Ground, volumesOf } from './ground.ts';
import { settle } from './lvm/lvm.ts';
import type { LvFacts } from './report/facts.ts';

const NODE_MS = 30_000;
/** udev and its helpers look at a device after each change: that is over soon. */
const CLOSE_MS = 10_000;
const POLL_MS = 250;

/**
 * Makes the device of a volume appear, also of one that is not to be activated by itself (`-K`, lvmthin(7)). A volume that a killed command
 * left suspended is resumed: whoever reads it would wait for ever.
 *
 * @returns its path
 * @throws ContractError BACKEND_ERROR when its node does not appear; CommandError
 */
export async function activate(ground: Ground, lv: LvFacts): Promise<string> {
  const name = fullName(ground, lv.name);
  if (lv.suspended) await change(ground, 'lvchange', ['--refresh', name]);
  if (!lv.active)
    await change(ground, 'lvchange', ['--yes', '--activate', 'y', '--ignoreactivationskip', name]);
  if (await isNode(lv.path)) return lv.path;
  await settle();
  for (const end = Date.now() + NODE_MS; Date.now() < end; await delay(POLL_MS)) {
    if (await isNode(lv.path)) return lv.path;
  }
  throw new ContractError('BACKEND_ERROR', `${name} is active, but there is no ${lv.path}: does udev run?`);
}

/**
 * Waits until nothing has a volume open; what only udev has open is soon over.
 *
 * @param lv what was read last
 * @returns what it is now; undefined when it is gone
 * @throws ContractError VOLUME_IS_BUSY when something else has it open; CommandError
 */
export async function whenClosed(ground: Ground, lv: LvFacts): Promise<LvFacts | undefined> {
  if (!lv.open) return lv;
  await settle();
  for (const end = Date.now() + CLOSE_MS; ; await delay(POLL_MS)) {
    const now = (await volumesOf(ground)).find(({ uuid }) => uuid === lv.uuid);
    if (now === undefined || !now.open) return now;
    if (Date.now() >= end) throw busy(ground, now);
  }
}

/** The error for a volume that something has open. */
function busy(ground: Ground, { name, path }: LvFacts): ContractError {
  return new ContractError(
    'VOLUME_IS_BUSY',
    `${fullName(ground, name)} is open: remove its export, or see who uses ${path} (lsof, dmsetup info)`,
    { details: { path } },
  );
}

async function isNode(path: string): Promise<boolean> {
  const facts = await stat(path).catch(() => null);
  return facts?.isBlockDevice() ?? false;
}
