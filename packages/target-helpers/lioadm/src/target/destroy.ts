import { type Configfs, removeBackstore } from '@scoria/lio-kit';
import { lunPath, portalPath, targetPath, tpgPath } from '../kernel/layout.ts';
import type { ShownPortal, ShownTarget } from '../kernel/showTarget.ts';
import { disallow, lockOut } from './acl.ts';
import { busy, sessionsLeft } from './sessionsLeft.ts';

/** Removes a portal of a target. Absent is success. @throws LioError */
export async function removePortal(fs: Configfs, iqn: string, portal: ShownPortal): Promise<void> {
  const path = portalPath(iqn, portal);
  if (portal.iser) await fs.write(`${path}/iser`, '0');
  await fs.removeDirectory(path);
}

/**
 * Removes a target of ours: everyone out, ACLs, LUNs, portals, the target, its backstores. What is absent counts as removed.
 *
 * @throws LioError; ContractError VOLUME_IS_BUSY (a session, without force), with nothing removed
 */
export async function destroyTarget(
  fs: Configfs,
  shown: ShownTarget,
  { force }: { readonly force: boolean },
): Promise<void> {
  const { iqn } = shown;
  if (!force) await refuseInUse(fs, shown);
  // Ends all sessions. A portal group that is not enabled refuses it.
  if (shown.enabled) await fs.write(`${tpgPath(iqn)}/enable`, '0');
  for (const { initiator } of shown.acls) await disallow(fs, iqn, initiator);
  for (const { lun } of shown.luns) {
    const path = lunPath(iqn, lun);
    for (const { name, kind } of await fs.list(path)) if (kind === 'link') await fs.unlink(`${path}/${name}`);
    await fs.removeDirectory(path);
  }
  for (const portal of shown.portals) await removePortal(fs, iqn, portal);
  await fs.removeDirectory(tpgPath(iqn));
  await fs.removeDirectory(targetPath(iqn));
  for (const { backstorePath } of shown.luns)
    if (backstorePath !== null) await removeBackstore(fs, backstorePath);
}

/** Locked out first, then looked again: a session that begins between look and removal would be cut. */
async function refuseInUse(fs: Configfs, shown: ShownTarget): Promise<void> {
  const everyone = () => true;
  const { iqn } = shown;
  const live = shown.sessions.length === 0 ? [] : await sessionsLeft(fs, iqn, everyone);
  if (live.length > 0) throw busy(iqn, live);
  const letIn: (() => Promise<void>)[] = [];
  for (const acl of shown.acls) letIn.push(await lockOut(fs, iqn, acl));
  const late = await sessionsLeft(fs, iqn, everyone);
  if (late.length === 0) return;
  for (const undo of letIn) await undo();
  throw busy(iqn, late);
}
