import type { FibreChannelExport } from '@scoria/driver-sdk';
import {
  type Backstore,
  type Configfs,
  findBackstore,
  type Owner,
  readBackstore,
  shownSize,
} from '@scoria/lio-kit';
import type { FcFabric } from '../fabrics.ts';
import { listAccess, listLuns, listPorts, type ShownAccess } from '../kernel/showPort.ts';

/** A LUN of ours at one target port. */
export interface ShownAt {
  /** WWPN of the target port. */
  readonly port: string;
  readonly lun: number;
  readonly access: readonly ShownAccess[];
}

/** An export as the kernel shows it, whole or not. */
export interface ShownExport {
  readonly backstore: Backstore;
  readonly at: readonly ShownAt[];
}

/** What tells our exports from others in the kernel. */
export interface ShowContext {
  readonly fs: Configfs;
  readonly fabric: FcFabric;
  readonly owner: Owner;
}

/** Reads a volume's export; undefined when there is none. A LUN of that volume's backstore is ours, whatever port it is at. */
export async function showExport(context: ShowContext, name: string): Promise<ShownExport | undefined> {
  const { fs, fabric, owner } = context;
  const backstore = await findBackstore(fs, owner.backstoreName(name));
  if (!backstore) return undefined;
  const at = await Promise.all(
    (await listPorts(fs, fabric)).map(async (port) =>
      (await listLuns(fs, fabric, port))
        .filter((each) => each.backstorePath === backstore.path)
        .map(({ lun }) => ({ port, lun })),
    ),
  );
  return {
    backstore,
    at: await Promise.all(
      at
        .flat()
        .map(async ({ port, lun }) => ({ port, lun, access: await listAccess(fs, fabric, port, lun) })),
    ),
  };
}

/** Our exports in the kernel, by volume; each with what it is at. */
export async function showExports(context: ShowContext): Promise<Map<string, ShownExport>> {
  const { fs, fabric, owner } = context;
  const found = new Map<string, { backstore: Backstore; at: ShownAt[] }>();
  for (const port of await listPorts(fs, fabric)) {
    for (const { lun, backstorePath } of await listLuns(fs, fabric, port)) {
      const volume =
        backstorePath === null
          ? null
          : owner.volumeOf(backstorePath.slice(backstorePath.lastIndexOf('/') + 1));
      if (backstorePath === null || volume === null) continue;
      const backstore = found.get(volume)?.backstore ?? (await readBackstore(fs, backstorePath));
      if (!backstore) continue;
      const shown = found.get(volume) ?? { backstore, at: [] };
      shown.at.push({ port, lun, access: await listAccess(fs, fabric, port, lun) });
      found.set(volume, shown);
    }
  }
  return found;
}

/** WWPNs of initiators that see the export and are logged in. */
export function sessionsOf({ at }: ShownExport): string[] {
  return [
    ...new Set(at.flatMap(({ access }) => access.filter(({ loggedIn }) => loggedIn).map(({ wwpn }) => wwpn))),
  ].sort();
}

/** The shown export in the terms of the contract: what every port shows. */
export async function toExport(name: string, shown: ShownExport): Promise<FibreChannelExport> {
  const { backstore, at } = shown;
  const access = new Map<string, boolean>();
  for (const each of at.flatMap((one) => one.access))
    access.set(each.wwpn, (access.get(each.wwpn) ?? true) && each.readOnly);
  return {
    name,
    lun: at[0]?.lun ?? 0,
    ports: at.map(({ port }) => port).sort(),
    path: backstore.device,
    serial: backstore.serial,
    size: await shownSize(backstore),
    access: [...access]
      .map(([wwpn, readOnly]) => ({ wwpn, readOnly }))
      .sort((one, other) => (one.wwpn < other.wwpn ? -1 : 1)),
    sessions: sessionsOf(shown),
  };
}
