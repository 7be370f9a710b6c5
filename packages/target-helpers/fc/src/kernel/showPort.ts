import { type Configfs, isLioError } from '@scoria/lio-kit';
import type { FcFabric } from '../fabrics.ts';
import { layoutOf, lunOf, wwpnOf } from './layout.ts';

/** A LUN of a target port. */
export interface ShownLun {
  readonly lun: number;
  /** Path of the backstore below LIO's directory; null when it has none. */
  readonly backstorePath: string | null;
}

/** What one initiator may do with a LUN. */
export interface ShownAccess {
  /** Of the initiator, plain. */
  readonly wwpn: string;
  readonly readOnly: boolean;
  /** Whether it is the LUN that it is called by: otherwise, a half-made access. */
  readonly isMapped: boolean;
  /** Whether the initiator is logged in. */
  readonly loggedIn: boolean;
}

const directories = async (fs: Configfs, path: string): Promise<string[]> =>
  (await fs.list(path)).filter(({ kind }) => kind === 'directory').map(({ name }) => name);

/** WWPNs of all target ports in the kernel. */
export async function listPorts(fs: Configfs, { directory }: FcFabric): Promise<string[]> {
  return (await directories(fs, directory)).map(wwpnOf).filter((each) => each !== null);
}

/** The LUNs of a target port. */
export async function listLuns(fs: Configfs, fabric: FcFabric, port: string): Promise<ShownLun[]> {
  const { group } = layoutOf(fabric, port);
  const luns = (await directories(fs, `${group}/lun`)).map(lunOf).filter((each) => each !== null);
  return Promise.all(
    luns.map(async (lun) => ({ lun, backstorePath: await followLink(fs, `${group}/lun/lun_${lun}`) })),
  );
}

/** WWPNs of the initiators that a target port lets log in. */
export async function listInitiators(fs: Configfs, fabric: FcFabric, port: string): Promise<string[]> {
  const names = await directories(fs, `${layoutOf(fabric, port).group}/acls`);
  return names.map(wwpnOf).filter((each) => each !== null);
}

/** The LUNs that an initiator sees at a target port. */
export async function listMapped(
  fs: Configfs,
  fabric: FcFabric,
  port: string,
  initiator: string,
): Promise<number[]> {
  const names = await directories(fs, layoutOf(fabric, port).acl(initiator));
  return names.map(lunOf).filter((each) => each !== null);
}

/** Who sees a LUN at a target port. */
export async function listAccess(
  fs: Configfs,
  fabric: FcFabric,
  port: string,
  lun: number,
): Promise<ShownAccess[]> {
  const layout = layoutOf(fabric, port);
  const found = await Promise.all(
    (await listInitiators(fs, fabric, port)).map(async (wwpn): Promise<ShownAccess[]> => {
      const path = layout.mappedLun(wwpn, lun);
      const readOnly = await fs.read(`${path}/write_protect`);
      if (readOnly === undefined) return [];
      const isMapped = (await followLink(fs, path)) === layout.lun(lun);
      return [{ wwpn, readOnly: readOnly === '1', isMapped, loggedIn: await isLoggedIn(fs, path) }];
    }),
  );
  return found.flat();
}

async function followLink(fs: Configfs, path: string): Promise<string | null> {
  const link = (await fs.list(path)).find(({ kind }) => kind === 'link');
  return link ? ((await fs.linkTarget(`${path}/${link.name}`)) ?? null) : null;
}

/** The statistics of a mapped LUN name the initiator's session while there is one (SCSI-MIB, scsiAttIntrPort). */
async function isLoggedIn(fs: Configfs, path: string): Promise<boolean> {
  try {
    return (await fs.read(`${path}/statistics/scsi_att_intr_port/port_ident`)) !== undefined;
  } catch (error) {
    if (isLioError(error) && error.errno === 'ENODEV') return false;
    throw error;
  }
}
