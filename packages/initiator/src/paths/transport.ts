import type { Budget } from '../budget.ts';
import type { ListedAttachment } from '../model.ts';
import type { ScsiDisk } from '../scsi/scsiDisk.ts';

/** One way to a volume that has a disk on this host. */
export interface DiskPath {
  readonly disk: ScsiDisk;
}

/** What differs between the transports where single paths are proven and taken away. */
export interface PathSteps<Path extends DiskPath> {
  /** Names the LUN in messages. */
  describe(path: Path): string;
  /** Whether commands reach the volume by this path now. On one that is down a command hangs until the transport gives up. */
  isUp(path: Path): Promise<boolean>;
  /** Makes the kernel forget the path's disk, and waits until it has. Idempotent. */
  takeDisk(path: Path, budget: Budget): Promise<void>;
}

/** How a connector writes an attachment down: one volume by all ways to it. */
export interface Handles<Attachment> {
  /** A name that says all. */
  handleOf(attachment: Attachment): string;
  /** @throws ContractError INVALID_ARGUMENT when it is no handle of this connector */
  parseHandle(handle: string): Attachment;
  /** The same for the same volume, by whatever way it is named first. */
  keyOf(attachment: Attachment): string;
  /** Whether both are about a LUN of the same target. */
  overlaps(one: Attachment, other: Attachment): boolean;
}

/** What differs between the transports where volumes are attached and detached. */
export interface Transport<Attachment, Path extends DiskPath> extends PathSteps<Path>, Handles<Attachment> {
  /** Names the volume in messages. */
  nameOf(attachment: Attachment): string;
  /** What reaches the volume, and other LUNs besides: IQNs, port names. Verbs on the same of these do not run at once. */
  sharedNames(attachment: Attachment): readonly string[];
  /** The ways of the first, and those of the second that it does not have. */
  withWaysOf(attachment: Attachment, other: Attachment): Attachment;
  targetOf(attachment: Attachment): ListedAttachment['target'];
  /** All paths that are on this host, however they came here. */
  pathsOf(attachment: Attachment): Promise<Path[]>;
  /** Every LUN that is on this host by this transport, whoever brought it. */
  listPresent(): Promise<Attachment[]>;
  /** Whether this host is logged in for the attachment, beside its disks. */
  isLoggedIn(attachment: Attachment): Promise<boolean>;
  /** Steps that log out where no other LUN needs it. Each is idempotent. */
  logouts(attachment: Attachment): readonly ((budget: Budget) => Promise<void>)[];
}
