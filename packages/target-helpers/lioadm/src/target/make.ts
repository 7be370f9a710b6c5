import { ContractError } from '@scoria/driver-sdk';
import { type Configfs, type Device, LINK, makeBackstore, removeBackstore } from '@scoria/lio-kit';
import { lunPath, portalPath, targetPath, tpgPath } from '../kernel/layout.ts';
import { CLOSED, type ShownPortal, showTarget } from '../kernel/showTarget.ts';
import type { TargetRecord } from '../record.ts';
import { allow } from './acl.ts';
import { destroyTarget } from './destroy.ts';

/** Adds a portal to a target, for iSER when it says so. @throws LioError REFUSED when no interface has the address */
export async function addPortal(fs: Configfs, iqn: string, portal: ShownPortal): Promise<void> {
  const path = portalPath(iqn, portal);
  await fs.makeDirectory(path);
  if (portal.iser) await fs.write(`${path}/iser`, '1');
}

/**
 * Makes a target that does not exist, enabled when it is complete. A half-made one is taken back.
 *
 * @param backstorePath one that is there already, as the record has it
 * @returns false when somebody made it at the same time
 * @throws LioError; ContractError INVALID_ARGUMENT
 */
export async function makeTarget(
  fs: Configfs,
  record: TargetRecord,
  device: Device,
  backstorePath?: string,
): Promise<boolean> {
  const { iqn, lun } = record;
  const backstore =
    backstorePath ?? (await makeBackstore(fs, { ...record, name: record.backstoreName, device }));
  let isOurs = false;
  try {
    isOurs = await fs.makeDirectory(targetPath(iqn));
    if (!isOurs) {
      await removeBackstore(fs, backstore);
      return false;
    }
    await fs.makeDirectory(tpgPath(iqn));
    for (const [name, value] of Object.entries(CLOSED))
      await fs.write(`${tpgPath(iqn)}/attrib/${name}`, value);
    await fs.makeDirectory(lunPath(iqn, lun));
    await fs.link(`${lunPath(iqn, lun)}/${LINK}`, backstore);
    for (const access of record.access) await allow(fs, iqn, lun, access);
    for (const portal of record.portals) await addPortal(fs, iqn, portal);
    await fs.write(`${tpgPath(iqn)}/enable`, '1');
    return true;
  } catch (error) {
    await takeBack(fs, isOurs ? iqn : null, backstore, error);
    throw error;
  }
}

/** Removes what was made. @throws ContractError TARGET_CREATE_FAILED with what is left, when that fails too */
async function takeBack(fs: Configfs, iqn: string | null, backstore: string, cause: unknown): Promise<void> {
  try {
    const made = iqn === null ? undefined : await showTarget(fs, iqn);
    if (made) await destroyTarget(fs, made, { force: true });
    await removeBackstore(fs, backstore);
  } catch (second) {
    const words = [cause, second].map((each) => (each instanceof Error ? each.message : String(each)));
    throw new ContractError('TARGET_CREATE_FAILED', `${words[0]}; taking it back: ${words[1]}`, {
      cause,
      leftBehind: [...(iqn === null ? [] : [targetPath(iqn)]), backstore],
    });
  }
}
