import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Configfs, LioError, openConfigfs } from '@scoria/lio-kit';
import { backstoreContent, type LioFabric, lioKindOf } from './objects.ts';

/** A directory that behaves as LIO's part of configfs does on Linux 6.1, as far as our helpers go: its refusals above all. */
export interface LioStandIn extends Configfs {
  readonly root: string;
  /** Every write that was accepted, path and text. */
  readonly written: readonly { readonly path: string; readonly value: string }[];
  /** What making, linking and writing of paths that match is refused with from now on. */
  refuse(pattern: RegExp, errno: string): void;
  /** Sets an attribute as the kernel does by itself. */
  show(path: string, text: string): Promise<void>;
}

const failure = (errno: string, what: string, path: string) =>
  new LioError(what, path, Object.assign(new Error(errno), { code: errno }));

/** Makes a stand-in for one fabric in an empty directory. */
export async function lioStandIn(root: string, fabric: LioFabric): Promise<LioStandIn> {
  await mkdir(join(root, 'core/alua'), { recursive: true });
  const real = openConfigfs(root);
  const content = { ...backstoreContent, ...fabric.content };
  const kindOf = (path: string) => lioKindOf(fabric, path);
  const written: { path: string; value: string }[] = [];
  const refusals: { pattern: RegExp; errno: string }[] = [];
  const check = (what: string, path: string) => {
    const found = refusals.find(({ pattern }) => pattern.test(path));
    if (found) throw failure(found.errno, what, path);
  };
  const show = (path: string, text: string) => writeFile(join(root, path), `${text}\n`);
  const linkedTo = async (path: string): Promise<boolean> => {
    const links = (await readdir(root, { recursive: true, withFileTypes: true })).filter((each) =>
      each.isSymbolicLink(),
    );
    const targets = await Promise.all(
      links.map((each) => real.linkTarget(join(each.parentPath, each.name).slice(root.length + 1))),
    );
    return targets.includes(path);
  };

  async function writeBackstore(path: string, value: string): Promise<void> {
    const backstore = path.split('/').slice(0, 3).join('/');
    const name = path.slice(backstore.length + 1);
    const enabled = (await real.read(`${backstore}/enable`)) === '1';
    if (name.startsWith('attrib/') && !enabled) throw new Error(`the kernel oopses: ${path} before enable`);
    if (name === 'wwn/vpd_unit_serial') {
      if (await linkedTo(backstore)) throw failure('EINVAL', 'writing', path);
      return show(path, `T10 VPD Unit Serial Number: ${value}`);
    }
    if (name === 'control') {
      const info = (await real.read(`${backstore}/info`)) ?? '';
      const device = /fd_dev_name=([^,]+)/.exec(value)?.[1] ?? /File: (\S*)/.exec(info)?.[1] ?? '';
      const size = /fd_dev_size=(\d+)/.exec(value)?.[1] ?? /Size: (\d+) +Mode/.exec(info)?.[1] ?? '0';
      return show(
        `${backstore}/info`,
        `Status: ACTIVATED  Max Queue Depth: 0  SectorSize: 512  HwMaxSectors: 16384\n        TCM FILEIO ID: 0        File: ${device}  Size: ${size}  Mode: O_DSYNC Async: 0`,
      );
    }
    if (name === 'enable') {
      const device = /File: (\S+)/.exec((await real.read(`${backstore}/info`)) ?? '')?.[1];
      if (enabled || device === undefined) throw failure('EINVAL', 'writing', path);
      await stat(device);
    }
    return show(path, value);
  }

  // The kernel does one thing at a time; here each takes several system calls.
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(task: () => Promise<T>): Promise<T> => {
    const result = last.then(task, task);
    last = result.catch(() => undefined);
    return result;
  };

  const isFabricEnable = (path: string) =>
    path.endsWith('/enable') && path.startsWith(`${fabric.directory}/`);
  const kernel = {
    ...real,
    root,
    written,
    async makeDirectory(path: string) {
      check('making', path);
      const kind = kindOf(path);
      if (!kind) throw failure('EINVAL', 'making', path);
      if (!(await real.makeDirectory(path))) return false;
      for (const [name, text] of Object.entries(content[kind])) {
        if (text === null) await mkdir(join(root, path, name));
        else await show(`${path}/${name}`, text);
      }
      return true;
    },
    async removeDirectory(path: string) {
      const entries = await real.list(path);
      const kind = kindOf(path);
      if (!kind) throw failure('EPERM', 'removing', path);
      const made = entries.filter(({ name, kind: entry }) => {
        if (entry === 'link') return true;
        return entry === 'directory' && !(name in content[kind]);
      });
      const inner =
        kind === 'group'
          ? await Promise.all(['acls', 'lun', 'np'].map((each) => real.list(`${path}/${each}`)))
          : [];
      if (made.length > 0 || inner.some((each) => each.length > 0))
        throw failure('ENOTEMPTY', 'removing', path);
      if (await linkedTo(path)) throw failure('EBUSY', 'removing', path);
      const there = await stat(join(root, path)).then(
        () => true,
        () => false,
      );
      await rm(join(root, path), { recursive: true, force: true });
      return there;
    },
    async link(path: string, to: string) {
      check('linking', path);
      const parent = kindOf(dirname(path));
      const isRight =
        parent === 'lun'
          ? kindOf(to) === 'backstore' && (await real.read(`${to}/enable`)) === '1'
          : parent === 'mappedLun' &&
            kindOf(to) === 'lun' &&
            (await real.list(to)).some(({ kind }) => kind === 'link');
      if (!isRight) throw failure('EINVAL', 'linking', path);
      return real.link(path, to);
    },
    async write(path: string, value: string | { reveal(): string }) {
      check('writing', path);
      const text = typeof value === 'string' ? value : value.reveal();
      if (isFabricEnable(path) && (await real.read(path)) === text) throw failure('EINVAL', 'writing', path);
      // Nothing is made by opening.
      await readFile(join(root, path)).catch(() => {
        throw failure('ENOENT', 'writing', path);
      });
      if (path.startsWith('core/')) await writeBackstore(path, text);
      else await show(path, text === 'NULL' ? '' : text);
      written.push({ path, value: text });
    },
  } satisfies Configfs & Pick<LioStandIn, 'root' | 'written'>;
  return {
    ...kernel,
    show,
    refuse: (pattern, errno) => void refusals.push({ pattern, errno }),
    makeDirectory: (path) => inTurn(() => kernel.makeDirectory(path)),
    removeDirectory: (path) => inTurn(() => kernel.removeDirectory(path)),
    link: (path, to) => inTurn(() => kernel.link(path, to)),
    unlink: (path) => inTurn(() => kernel.unlink(path)),
    write: (path, value) => inTurn(() => kernel.write(path, value)),
  };
}
