import type { AttributeValues, SavedTarget } from '@scoria/lio-kit';
import type { ShownAccess } from '../kernel/showPort.ts';
import { savedWwpn, toSavedWwn } from './savedWwn.ts';

/** A LUN of ours at one port, as it is to be saved. */
export interface PortLun {
  readonly lun: number;
  readonly alias: string;
  readonly storageObject: string;
  readonly access: readonly ShownAccess[];
}

/** What of a port is saved anew. */
export interface PortChange {
  readonly fabric: string;
  readonly port: string;
  readonly parameters: AttributeValues;
  /** Names of the backstores whose LUNs are replaced. */
  readonly backstores: ReadonlySet<string>;
  readonly luns: readonly PortLun[];
  /** WWPNs of initiators that may log in at any time. */
  readonly registered: readonly string[];
}

type Group = SavedTarget['tpgs'][number];
type Acl = Group['node_acls'][number];

/**
 * The entry of a target port with our LUNs as they are now. A port is shared: LUNs and access of others stay as they were saved. It is never removed, as it
 * makes the port a target again before anybody logs in.
 */
export function mergePort(saved: SavedTarget | undefined, change: PortChange): SavedTarget {
  const { fabric, port, parameters, backstores, luns, registered } = change;
  const base: SavedTarget = saved ?? {
    fabric,
    ...(Object.keys(parameters).length > 0 && {
      parameters: Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, `${value}`])),
    }),
    tpgs: [],
    wwn: toSavedWwn(port),
  };
  const [group = emptyGroup(), ...others] = base.tpgs;
  const gone = new Set(
    group.luns
      .filter(({ storage_object }) =>
        backstores.has(storage_object.slice(storage_object.lastIndexOf('/') + 1)),
      )
      .map(({ index }) => index),
  );
  return {
    ...base,
    tpgs: [
      {
        ...group,
        luns: [
          ...group.luns.filter(({ index }) => !gone.has(index)),
          ...luns.map(({ lun, alias, storageObject }) => ({
            alias,
            alua_tg_pt_gp_name: 'default_tg_pt_gp',
            index: lun,
            storage_object: storageObject,
          })),
        ],
        node_acls: mergeAcls(group.node_acls, gone, luns, registered),
      },
      ...others,
    ],
  };
}

function emptyGroup(): Group {
  return { enable: true, luns: [], node_acls: [], portals: [], tag: 1 };
}

function mergeAcls(
  old: readonly Acl[],
  gone: ReadonlySet<number>,
  luns: readonly PortLun[],
  registered: readonly string[],
): Acl[] {
  const acls = new Map<string, Acl>();
  for (const acl of old) {
    const mapped_luns = acl.mapped_luns.filter((each) => !gone.has(each.tpg_lun ?? each.index));
    // One that had no LUN before is somebody's registration.
    if (mapped_luns.length > 0 || acl.mapped_luns.length === 0)
      acls.set(savedWwpn(acl.node_wwn), { ...acl, mapped_luns });
  }
  const aclOf = (wwpn: string): Acl => acls.get(wwpn) ?? { mapped_luns: [], node_wwn: toSavedWwn(wwpn) };
  for (const wwpn of registered) acls.set(wwpn, aclOf(wwpn));
  for (const { lun, alias, access } of luns) {
    for (const { wwpn, readOnly } of access) {
      const acl = aclOf(wwpn);
      const mapped = { alias, index: lun, tpg_lun: lun, write_protect: readOnly };
      acls.set(wwpn, { ...acl, mapped_luns: [...acl.mapped_luns, mapped] });
    }
  }
  return [...acls.values()];
}
