import { type InitiatorAccess, Secret } from '@scoria/driver-sdk';
import {
  type Owner,
  ourBackstores,
  type Saveconfig,
  type SavedTarget,
  savedTargetSchema,
} from '@scoria/lio-kit';
import type { TargetRecord } from '../record.ts';
import { parseHost } from './formatHost.ts';

function accessIn(target: SavedTarget): InitiatorAccess[] {
  return (target.tpgs[0]?.node_acls ?? []).map((acl) => ({
    initiator: acl.node_wwn,
    chap:
      acl.chap_userid !== undefined && acl.chap_password !== undefined
        ? { username: acl.chap_userid, password: new Secret(acl.chap_password) }
        : null,
    readOnly: acl.mapped_luns[0]?.write_protect ?? false,
  }));
}

/** All targets in the file that are ours: each has one LUN, and that one of our backstores. */
export function recordsIn(config: Saveconfig, owner: Owner): TargetRecord[] {
  const backstores = ourBackstores(config, owner);
  return config.targets.flatMap((each): TargetRecord[] => {
    const { success, data } = savedTargetSchema.safeParse(each);
    const group = success && data.fabric === 'iscsi' ? data.tpgs[0] : undefined;
    const [lun, ...others] = group?.luns ?? [];
    const backstore = lun && backstores.get(lun.storage_object);
    if (!success || !group || !lun || others.length > 0 || !backstore) return [];
    const { volume, saved } = backstore;
    if (saved.dev === undefined || saved.wwn === undefined) return [];
    return [
      {
        name: volume,
        backstoreName: saved.name,
        iqn: data.wwn,
        lun: lun.index,
        path: saved.dev,
        serial: saved.wwn,
        portals: group.portals.map(({ ip_address, port, iser }) => ({
          address: parseHost(ip_address),
          port,
          iser,
        })),
        writeCache: saved.write_back ?? false,
        thin: saved.attributes?.['emulate_tpu'] === 1,
        access: accessIn(data),
      },
    ];
  });
}
