/**
 * What proves that a path is the object it is believed to be. Checked on the open descriptor, before the first byte moves.
 *
 * - `inode`: a regular file by st_dev and st_ino (decimal text), or a loop device over the whole of that file;
 * - `serial`: a block device by its unit serial number (VPD page 0x80, or the transport's own);
 * - `naa`: a SCSI device by its NAA designator (VPD page 0x83), hexadecimal;
 * - `dm`: a device of device-mapper by its UUID (dmsetup(8)).
 */
export type Identity =
  | { readonly type: 'inode'; readonly dev: string; readonly ino: string }
  | { readonly type: 'serial'; readonly serial: string }
  | { readonly type: 'naa'; readonly naa: string }
  | { readonly type: 'dm'; readonly uuid: string };

/** An identity as text, for messages. */
export function describeIdentity(identity: Identity): string {
  switch (identity.type) {
    case 'inode':
      return `inode ${identity.ino} on device ${identity.dev}`;
    case 'serial':
      return `serial ${JSON.stringify(identity.serial)}`;
    case 'naa':
      return `naa.${identity.naa}`;
    case 'dm':
      return `device-mapper device ${identity.uuid}`;
  }
}
