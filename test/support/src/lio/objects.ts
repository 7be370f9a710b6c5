/** Kinds of objects that can be made in LIO's directory. */
export type LioKind =
  | 'adapter'
  | 'backstore'
  | 'fabric'
  | 'target'
  | 'group'
  | 'lun'
  | 'portal'
  | 'acl'
  | 'mappedLun';

/** What the kernel puts into a new object: attributes, and directories (null). */
export type LioContent = Readonly<Record<string, string | null>>;

/** What tells a fabric's objects from another fabric's. */
export interface LioFabric {
  /** Its directory below LIO's. */
  readonly directory: string;
  /** Patterns of the names of its targets, its portals and its initiators. */
  readonly names: { readonly target: string; readonly portal: string; readonly initiator: string };
  readonly content: Readonly<Record<Exclude<LioKind, 'adapter' | 'backstore'>, LioContent>>;
}

/** What is in a new backstore, of either kind. */
export const backstoreContent: Readonly<Record<'adapter' | 'backstore', LioContent>> = {
  adapter: {},
  backstore: {
    attrib: null,
    'attrib/emulate_write_cache': '0',
    'attrib/emulate_tpu': '0',
    'attrib/emulate_tpws': '0',
    control: '',
    enable: '0',
    info: 'Status: DEACTIVATED  Max Queue Depth: 0  SectorSize: 0  HwMaxSectors: 0\n        TCM FILEIO ID: 0        File:   Size: 0  Mode: O_DSYNC Async: 0',
    udev_path: '',
    wwn: null,
    'wwn/vpd_unit_serial': 'T10 VPD Unit Serial Number: ',
  },
};

/** The kind of an object, by the shape of its path. */
export function lioKindOf({ directory, names }: LioFabric, path: string): LioKind | undefined {
  const group = `^${directory}/[^/]+/tpgt_\\d+`;
  const shapes: Readonly<Record<LioKind, RegExp>> = {
    adapter: /^core\/(fileio|iblock)_\d+$/,
    backstore: /^core\/(fileio|iblock)_\d+\/[^/]+$/,
    fabric: new RegExp(`^${directory}$`),
    target: new RegExp(`^${directory}/${names.target}$`),
    group: new RegExp(`${group}$`),
    lun: new RegExp(`${group}/lun/lun_\\d+$`),
    portal: new RegExp(`${group}/np/${names.portal}$`),
    acl: new RegExp(`${group}/acls/${names.initiator}$`),
    mappedLun: new RegExp(`${group}/acls/[^/]+/lun_\\d+$`),
  };
  return (Object.keys(shapes) as LioKind[]).find((kind) => shapes[kind].test(path));
}
