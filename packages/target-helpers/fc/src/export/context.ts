import type { Logger } from '@scoria/driver-sdk';
import type { SavedExports } from '../saved/savedExports.ts';
import type { LunNumbers } from './lunNumbers.ts';
import type { ShowContext } from './showExport.ts';

/** What work on exports needs. */
export interface ExportContext extends ShowContext {
  /** WWPNs of the target ports, plain and sorted. */
  readonly ports: readonly string[];
  /** WWPNs of initiators that may log in at any time. */
  readonly registered: ReadonlySet<string>;
  readonly saved: SavedExports;
  readonly numbers: LunNumbers;
  readonly log: Logger;
}
