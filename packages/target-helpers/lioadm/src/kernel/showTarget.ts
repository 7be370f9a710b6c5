import { Secret, type TargetSession } from '@scoria/driver-sdk';
import { type Backstore, type Configfs, numberOf, readBackstore } from '@scoria/lio-kit';
import type { ChapCredentials, Portal } from '@scoria/target-kit';
import { aclPath, portalOf, targetPath, tpgPath } from './layout.ts';
import { parseDynamicSessions, parseSessionInfo } from './sessions.ts';

/** A LUN of a target. */
export interface ShownLun {
  readonly lun: number;
  /** Path of the backstore below LIO's directory; null when it has none. */
  readonly backstorePath: string | null;
  /** Undefined for a backstore of a kind that we do not make. */
  readonly backstore: Backstore | undefined;
}

/** A portal of a target. */
export interface ShownPortal extends Portal {
  readonly iser: boolean;
}

/** What one initiator may do. */
export interface ShownAcl {
  readonly initiator: string;
  /** Null: it has none. */
  readonly chap: ChapCredentials | null;
  /** Whether it must show credentials; undefined where the kernel decides it for the whole target. */
  readonly authentication: boolean | undefined;
  /** LUNs as the initiator sees them. */
  readonly luns: readonly {
    readonly lun: number;
    readonly tpgLun: number | null;
    readonly readOnly: boolean;
  }[];
  readonly sessions: readonly TargetSession[];
}

/** A target as the kernel shows it. */
export interface ShownTarget {
  readonly iqn: string;
  readonly enabled: boolean;
  /** Tags of all its portal groups: ours has the one. */
  readonly tags: readonly number[];
  readonly luns: readonly ShownLun[];
  readonly portals: readonly ShownPortal[];
  readonly acls: readonly ShownAcl[];
  readonly sessions: readonly TargetSession[];
  /** The attributes that keep strangers out, as they are. */
  readonly attributes: Readonly<Record<string, string | undefined>>;
}

/** Attributes of a portal group that is closed: whoever has no ACL gets in nowhere and sees nothing. */
export const CLOSED: Readonly<Record<string, string>> = {
  authentication: '1',
  generate_node_acls: '0',
  cache_dynamic_acls: '0',
  demo_mode_write_protect: '1',
  demo_mode_discovery: '0',
};

/** LIO's word for an attribute of authentication that is not set. */
const UNSET = 'NULL';
/** An ACL that does as its portal group does. */
const INHERITED = '-1';

/** Reads a target; undefined when there is none. */
export async function showTarget(fs: Configfs, iqn: string): Promise<ShownTarget | undefined> {
  const groups = (await fs.list(targetPath(iqn))).filter(({ name }) => name.startsWith('tpgt_'));
  const tags = groups.map(({ name }) => numberOf(name, 'tpgt_')).filter((tag) => tag !== null);
  if (tags.length === 0 && !(await hasDirectory(fs, 'iscsi', iqn))) return undefined;
  const tpg = tpgPath(iqn);
  const [enabled, luns, portals, acls, dynamic = '', ...values] = await Promise.all([
    fs.read(`${tpg}/enable`),
    showLuns(fs, `${tpg}/lun`),
    showPortals(fs, `${tpg}/np`),
    showAcls(fs, iqn),
    fs.read(`${tpg}/dynamic_sessions`),
    ...Object.keys(CLOSED).map((name) => fs.read(`${tpg}/attrib/${name}`)),
  ]);
  return {
    iqn,
    enabled: enabled === '1',
    tags,
    luns,
    portals,
    acls,
    sessions: [...acls.flatMap((each) => each.sessions), ...parseDynamicSessions(dynamic)],
    attributes: Object.fromEntries(Object.keys(CLOSED).map((name, index) => [name, values[index]])),
  };
}

async function hasDirectory(fs: Configfs, parent: string, name: string): Promise<boolean> {
  return (await fs.list(parent)).some((each) => each.kind === 'directory' && each.name === name);
}

async function showLuns(fs: Configfs, directory: string): Promise<ShownLun[]> {
  const found = await Promise.all(
    (await fs.list(directory)).map(async ({ name }): Promise<ShownLun[]> => {
      const lun = numberOf(name, 'lun_');
      if (lun === null) return [];
      const link = (await fs.list(`${directory}/${name}`)).find(({ kind }) => kind === 'link');
      const backstorePath = link
        ? ((await fs.linkTarget(`${directory}/${name}/${link.name}`)) ?? null)
        : null;
      return [
        { lun, backstorePath, backstore: backstorePath ? await readBackstore(fs, backstorePath) : undefined },
      ];
    }),
  );
  return found.flat();
}

async function showPortals(fs: Configfs, directory: string): Promise<ShownPortal[]> {
  const found = await Promise.all(
    (await fs.list(directory)).map(async ({ name }) => {
      const portal = portalOf(name);
      return portal && { ...portal, iser: (await fs.read(`${directory}/${name}/iser`)) === '1' };
    }),
  );
  return found.filter((portal) => portal !== null);
}

async function showAcls(fs: Configfs, iqn: string): Promise<ShownAcl[]> {
  const names = (await fs.list(`${tpgPath(iqn)}/acls`)).filter(({ kind }) => kind === 'directory');
  return Promise.all(names.map(({ name }) => showAcl(fs, iqn, name)));
}

/** Reads what one initiator may do. */
export async function showAcl(fs: Configfs, iqn: string, initiator: string): Promise<ShownAcl> {
  const path = aclPath(iqn, initiator);
  const [username = '', password = '', authentication, info = '', entries] = await Promise.all([
    fs.read(`${path}/auth/userid`),
    fs.read(`${path}/auth/password`),
    fs.read(`${path}/attrib/authentication`),
    fs.read(`${path}/info`),
    fs.list(path),
  ]);
  const luns = await Promise.all(
    entries.map(async ({ name }) => {
      const lun = numberOf(name, 'lun_');
      if (lun === null) return null;
      const link = (await fs.list(`${path}/${name}`)).find(({ kind }) => kind === 'link');
      const target = link && (await fs.linkTarget(`${path}/${name}/${link.name}`));
      return {
        lun,
        tpgLun: target === undefined ? null : numberOf(target.slice(target.lastIndexOf('/') + 1), 'lun_'),
        readOnly: (await fs.read(`${path}/${name}/write_protect`)) === '1',
      };
    }),
  );
  const isSet = [username, password].every((word) => word !== '' && word !== UNSET);
  return {
    initiator,
    chap: isSet ? { username, password: new Secret(password) } : null,
    authentication:
      authentication === undefined || authentication === INHERITED ? undefined : authentication === '1',
    luns: luns.filter((each) => each !== null),
    sessions: parseSessionInfo(initiator, info),
  };
}
