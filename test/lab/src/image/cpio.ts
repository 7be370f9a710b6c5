/** A file of an archive; `mode` holds type and permissions, as st_mode does. */
export interface ArchiveEntry {
  readonly name: string;
  readonly mode: number;
  readonly content: Uint8Array;
}

const DIRECTORY = 0o040_755;
const PROGRAM = 0o100_755;

/** A folder. */
export const folder = (name: string): ArchiveEntry => ({ name, mode: DIRECTORY, content: new Uint8Array() });
/** A file that may be executed. */
export const file = (name: string, content: Uint8Array | string): ArchiveEntry => ({
  name,
  mode: PROGRAM,
  content: Buffer.from(content),
});

/** An archive in the format that the kernel unpacks its first file system from (cpio(5), "New ASCII Format"). */
export function cpio(entries: readonly ArchiveEntry[]): Buffer {
  const all = [...entries, { name: 'TRAILER!!!', mode: 0, content: new Uint8Array() }];
  return Buffer.concat(all.flatMap((entry, index) => record(entry, index + 1)));
}

function record({ name, mode, content }: ArchiveEntry, inode: number): Buffer[] {
  const path = Buffer.from(`${name}\0`);
  // inode, mode, uid, gid, links, mtime, size, device and rdevice (major and minor each), length of the name, checksum.
  const fields = [inode, mode, 0, 0, 1, 0, content.length, 0, 0, 0, 0, path.length, 0];
  const header = Buffer.from(`070701${fields.map((each) => each.toString(16).padStart(8, '0')).join('')}`);
  return [...padded(Buffer.concat([header, path])), ...padded(Buffer.from(content))];
}

function padded(bytes: Buffer): Buffer[] {
  return [bytes, Buffer.alloc((4 - (bytes.length % 4)) % 4)];
}
