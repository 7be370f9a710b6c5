import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** A directory of plugin packages, good and broken, made for one test. */
export class Zoo implements AsyncDisposable {
  readonly root: string;

  private constructor(root: string) {
    this.root = root;
  }

  static async open(): Promise<Zoo> {
    return new Zoo(await mkdtemp(join(tmpdir(), 'scoria-zoo-')));
  }

  path(...parts: string[]): string {
    return join(this.root, ...parts);
  }

  async file(path: string, content: string, mode?: number): Promise<string> {
    const full = this.path(path);
    await mkdir(dirname(full), { recursive: true });
    await writeFile(full, content);
    if (mode !== undefined) await chmod(full, mode);
    return full;
  }

  async link(target: string, path: string): Promise<void> {
    await mkdir(dirname(this.path(path)), { recursive: true });
    await symlink(target, this.path(path));
  }

  /** A package with a `scoria` field and, unless told otherwise, the entry it names. */
  async plugin(
    folder: string,
    scoria: Record<string, unknown> = {},
    entry = 'dist/main.js',
  ): Promise<string> {
    const manifest = { kind: 'driver', name: 'good', protocol: [1], entry: './dist/main.js', ...scoria };
    await this.file(
      `${folder}/package.json`,
      JSON.stringify({ name: folder, version: '1.2.3', scoria: manifest }),
    );
    if (entry !== '')
      await this.file(`${folder}/${entry}`, 'throw new Error("the catalog must never run this");');
    return this.path(folder);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.root, { recursive: true, force: true });
  }
}
