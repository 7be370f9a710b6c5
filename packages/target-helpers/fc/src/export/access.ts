import type { FibreChannelAccess } from '@scoria/driver-sdk';
import { isLioError, LINK } from '@scoria/lio-kit';
import { layoutOf } from '../kernel/layout.ts';
import type { ShownAccess } from '../kernel/showPort.ts';
import type { ExportContext } from './context.ts';

/** How often an entry may vanish while it is being filled: other backends use the same ports. */
const TRIES = 8;

type AccessContext = Pick<ExportContext, 'fs' | 'fabric' | 'registered'>;

/**
 * Shows a LUN to an initiator at one target port. A LUN that is there is brought to `access`; of one that cannot be shown nothing is left.
 *
 * @throws LioError
 */
export async function allow(
  context: AccessContext,
  port: string,
  lun: number,
  access: FibreChannelAccess,
  shown?: ShownAccess,
): Promise<void> {
  if (shown?.isMapped) {
    await setReadOnly(context, port, lun, access);
    return;
  }
  try {
    if (shown) await disallow(context, port, lun, access.wwpn);
    await makeMappedLun(context, port, lun, access.wwpn);
    const layout = layoutOf(context.fabric, port);
    await context.fs.link(`${layout.mappedLun(access.wwpn, lun)}/${LINK}`, layout.lun(lun));
    // Before the link the kernel takes it for nothing.
    await setReadOnly(context, port, lun, access);
  } catch (error) {
    await disallow(context, port, lun, access.wwpn);
    throw error;
  }
}

function setReadOnly(
  { fs, fabric }: AccessContext,
  port: string,
  lun: number,
  { wwpn, readOnly }: FibreChannelAccess,
): Promise<void> {
  return fs.write(`${layoutOf(fabric, port).mappedLun(wwpn, lun)}/write_protect`, readOnly ? '1' : '0');
}

async function makeMappedLun(
  { fs, fabric }: AccessContext,
  port: string,
  lun: number,
  wwpn: string,
): Promise<void> {
  const layout = layoutOf(fabric, port);
  for (let tries = 1; ; tries += 1) {
    try {
      await fs.makeDirectory(layout.acl(wwpn));
      await fs.makeDirectory(layout.mappedLun(wwpn, lun));
      return;
    } catch (error) {
      // Another backend took its last LUN from the initiator just then, and the entry with it.
      if (!isLioError(error, 'ABSENT') || tries === TRIES) throw error;
    }
  }
}

/**
 * Takes a LUN away from an initiator at one target port, and its right to log in with its last LUN, unless it is registered. Absent is success.
 *
 * @throws LioError
 */
export async function disallow(
  { fs, fabric, registered }: AccessContext,
  port: string,
  lun: number,
  wwpn: string,
): Promise<void> {
  const layout = layoutOf(fabric, port);
  const path = layout.mappedLun(wwpn, lun);
  for (const { name, kind } of await fs.list(path)) if (kind === 'link') await fs.unlink(`${path}/${name}`);
  await fs.removeDirectory(path);
  if (registered.has(wwpn)) return;
  try {
    await fs.removeDirectory(layout.acl(wwpn));
  } catch (error) {
    // It has other LUNs.
    if (!isLioError(error, 'BUSY')) throw error;
  }
}
