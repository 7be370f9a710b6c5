import {
  type AttributeValues,
  aliasIn,
  attributesIn,
  type Configfs,
  type SavedTarget,
  storageObjectOf,
  TPG_TAG,
} from '@scoria/lio-kit';
import { aclPath, targetPath, tpgPath } from '../kernel/layout.ts';
import type { ShownAcl, ShownTarget } from '../kernel/showTarget.ts';
import { formatHost } from './formatHost.ts';

async function dumpAcl(fs: Configfs, iqn: string, acl: ShownAcl) {
  const path = aclPath(iqn, acl.initiator);
  return {
    attributes: await attributesIn(fs, 'acl', `${path}/attrib`),
    ...(acl.chap && { chap_password: acl.chap.password.reveal(), chap_userid: acl.chap.username }),
    mapped_luns: await Promise.all(
      acl.luns.map(async ({ lun, tpgLun, readOnly }) => ({
        alias: await aliasIn(fs, `${path}/lun_${lun}`),
        index: lun,
        tpg_lun: tpgLun ?? lun,
        write_protect: readOnly,
      })),
    ),
    node_wwn: acl.initiator,
  };
}

/** rtslib writes parameters as texts. */
const texts = (values: AttributeValues) =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, `${value}`]));

/** A target as rtslib saves it, credentials included: the result is for a file of mode 0600 only. */
export async function dumpTarget(fs: Configfs, shown: ShownTarget): Promise<SavedTarget> {
  const { iqn } = shown;
  const tpg = tpgPath(iqn);
  const [ofTarget, attributes, parameters] = await Promise.all([
    attributesIn(fs, 'target parameters', `${targetPath(iqn)}/param`),
    attributesIn(fs, 'group', `${tpg}/attrib`),
    attributesIn(fs, 'parameters', `${tpg}/param`),
  ]);
  const luns = await Promise.all(
    shown.luns.map(async ({ lun, backstore }) => ({
      alias: await aliasIn(fs, `${tpg}/lun/lun_${lun}`),
      alua_tg_pt_gp_name: 'default_tg_pt_gp',
      index: lun,
      storage_object: backstore ? storageObjectOf(backstore) : '',
    })),
  );
  return {
    fabric: 'iscsi',
    ...(Object.keys(ofTarget).length > 0 && { parameters: texts(ofTarget) }),
    tpgs: [
      {
        attributes,
        enable: shown.enabled,
        luns,
        node_acls: await Promise.all(shown.acls.map((acl) => dumpAcl(fs, iqn, acl))),
        parameters: texts(parameters),
        portals: shown.portals.map(({ address, port, iser }) => ({
          ip_address: formatHost(address),
          iser,
          offload: false,
          port,
        })),
        tag: TPG_TAG,
      },
    ],
    wwn: iqn,
  };
}
