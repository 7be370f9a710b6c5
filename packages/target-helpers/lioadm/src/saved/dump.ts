import type { Configfs } from '../configfs/configfs.ts';
import type { Backstore } from '../kernel/backstore.ts';
import { aclPath, LINK, TPG_TAG, targetPath, tpgPath } from '../kernel/layout.ts';
import type { ShownAcl, ShownTarget } from '../kernel/showTarget.ts';
import { formatHost } from './formatHost.ts';
import type { SavedBackstore, SavedTarget } from './schema.ts';

type Values = Record<string, number | string>;

/** Names of the attributes that can be set, by kind of object: all of a kind have the same. */
const settable = new WeakMap<Configfs, Map<string, Promise<string[]>>>();

function settableIn(fs: Configfs, kind: string, path: string): Promise<string[]> {
  const known = settable.get(fs) ?? new Map<string, Promise<string[]>>();
  settable.set(fs, known);
  const names = known.get(kind) ?? fs.settable(path);
  known.set(kind, names);
  // One that vanished meanwhile tells nothing of its kind.
  names.then(
    ({ length }) => length === 0 && known.delete(kind),
    () => known.delete(kind),
  );
  return names;
}

/** All attributes in a directory that can be set, whoever set them: an administrator's tuning is saved with the rest. */
async function valuesIn(fs: Configfs, kind: string, path: string): Promise<Values> {
  const names = await settableIn(fs, kind, path);
  const values = await Promise.all(
    names.map(async (name) => [name, (await fs.read(`${path}/${name}`)) ?? ''] as const),
  );
  return Object.fromEntries(values.map(([name, text]) => [name, /^-?\d+$/.test(text) ? Number(text) : text]));
}

/** The name of the link in a directory: what rtslib calls alias. */
async function aliasIn(fs: Configfs, path: string): Promise<string> {
  return (await fs.list(path)).find(({ kind }) => kind === 'link')?.name ?? LINK;
}

/** A backstore as rtslib saves it. */
export async function dumpBackstore(fs: Configfs, backstore: Backstore): Promise<SavedBackstore> {
  const { path, kind, name, device, serial, writeCache } = backstore;
  return {
    attributes: await valuesIn(fs, kind, `${path}/attrib`),
    alua_tpgs: [],
    dev: device,
    name,
    plugin: kind === 'fileio' ? 'fileio' : 'block',
    ...(kind === 'fileio' ? { aio: false, size: backstore.size ?? 0 } : { readonly: false }),
    write_back: writeCache,
    wwn: serial,
  };
}

async function dumpAcl(fs: Configfs, iqn: string, acl: ShownAcl) {
  const path = aclPath(iqn, acl.initiator);
  return {
    attributes: await valuesIn(fs, 'acl', `${path}/attrib`),
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
const texts = (values: Values) =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, `${value}`]));

/** A target as rtslib saves it, credentials included: the result is for a file of mode 0600 only. */
export async function dumpTarget(fs: Configfs, shown: ShownTarget): Promise<SavedTarget> {
  const { iqn } = shown;
  const tpg = tpgPath(iqn);
  const [ofTarget, attributes, parameters] = await Promise.all([
    valuesIn(fs, 'target parameters', `${targetPath(iqn)}/param`),
    valuesIn(fs, 'group', `${tpg}/attrib`),
    valuesIn(fs, 'parameters', `${tpg}/param`),
  ]);
  const luns = await Promise.all(
    shown.luns.map(async ({ lun, backstore }) => ({
      alias: await aliasIn(fs, `${tpg}/lun/lun_${lun}`),
      alua_tg_pt_gp_name: 'default_tg_pt_gp',
      index: lun,
      storage_object: `/backstores/${backstore?.kind === 'iblock' ? 'block' : 'fileio'}/${backstore?.name}`,
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
