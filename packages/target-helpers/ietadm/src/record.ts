import type { InitiatorAccess } from '@scoria/driver-sdk';

/** How IET reads and writes what is behind a LUN. */
export type IoType = 'fileio' | 'blockio';
/** Write-back, write-through, or read-only. */
export type IoMode = 'wb' | 'wt' | 'ro';

/** Everything that is needed to make a target: what its stanza in ietd.conf holds. */
export interface TargetRecord {
  /** Of the volume. */
  readonly name: string;
  readonly iqn: string;
  readonly lun: number;
  readonly path: string;
  readonly serial: string;
  readonly ioType: IoType;
  /** Whether writes wait for nothing but the page cache, where somebody may write. */
  readonly writeBack: boolean;
  readonly access: readonly InitiatorAccess[];
}

/** The mode of the LUN: IET has no rights per initiator, so read-only is for all or none. Of blockio there is no cache. */
export function ioModeOf(record: Pick<TargetRecord, 'access' | 'ioType' | 'writeBack'>): IoMode {
  if (record.access.length > 0 && record.access.every((each) => each.readOnly)) return 'ro';
  return record.writeBack && record.ioType === 'fileio' ? 'wb' : 'wt';
}
