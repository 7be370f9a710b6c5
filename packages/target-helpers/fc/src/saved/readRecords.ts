import {
  type Owner,
  ourBackstores,
  type Saveconfig,
  type SavedTarget,
  savedTargetSchema,
} from '@scoria/lio-kit';
import type { FcFabric } from '../fabrics.ts';
import type { ExportRecord } from '../record.ts';
import { savedWwpn } from './savedWwn.ts';

/** The target ports of a fabric in the file. */
export function savedPorts(config: Saveconfig, { savedAs }: FcFabric): SavedTarget[] {
  return config.targets.flatMap((each) => {
    const { success, data } = savedTargetSchema.safeParse(each);
    return success && data.fabric === savedAs ? [data] : [];
  });
}

/** Our exports in the file, by volume: those of the same backstore at several ports are one. */
export function recordsIn(config: Saveconfig, fabric: FcFabric, owner: Owner): Map<string, ExportRecord> {
  const backstores = ourBackstores(config, owner);
  const records = new Map<string, ExportRecord>();
  for (const group of savedPorts(config, fabric).flatMap(({ tpgs }) => tpgs.slice(0, 1))) {
    for (const { index, storage_object } of group.luns) {
      const { volume, saved } = backstores.get(storage_object) ?? {};
      if (volume === undefined || saved?.dev === undefined || saved.wwn === undefined) continue;
      const access = group.node_acls.flatMap(({ node_wwn, mapped_luns }) =>
        mapped_luns
          .filter((each) => (each.tpg_lun ?? each.index) === index)
          .map((each) => ({ wwpn: savedWwpn(node_wwn), readOnly: each.write_protect ?? false })),
      );
      const known = records.get(volume)?.access ?? [];
      records.set(volume, {
        name: volume,
        path: saved.dev,
        serial: saved.wwn,
        writeCache: saved.write_back ?? false,
        thin: saved.attributes?.['emulate_tpu'] === 1,
        lun: index,
        access: [...known, ...access.filter(({ wwpn }) => !known.some((each) => each.wwpn === wwpn))],
      });
    }
  }
  return records;
}
