import type { VerifyProblem } from '../backupStore.ts';
import { BackupError } from '../errors.ts';
import type { Manifest } from '../format/manifest.ts';
import type { PackNumbers } from '../format/packNumbers.ts';
import type { BackupContext } from './context.ts';
import type { VolumeObjects } from './listVolumes.ts';
import type { ProblemList } from './problemList.ts';
import type { ProgressSum } from './progressSum.ts';
import type { TaskGroup } from './taskGroup.ts';

/** Backups of one volume that are verified together. */
export interface VerifyRun {
  readonly context: BackupContext;
  readonly group: TaskGroup;
  readonly objects: VolumeObjects;
  readonly manifests: readonly Manifest[];
  readonly packs: PackNumbers;
  readonly problems: ProblemList;
  readonly progress: ProgressSum;
  readonly spool: string;
}

/** The code of a problem; undefined when the error is none of the repository's content. */
export function problemCode(error: unknown): VerifyProblem['code'] | undefined {
  if (!(error instanceof BackupError)) return undefined;
  switch (error.code) {
    case 'OBJECT_MISSING':
    case 'CORRUPT':
    case 'MANIFEST_FORGED':
    case 'FORMAT_UNKNOWN':
    case 'WRONG_KEY':
      return error.code;
    default:
      return undefined;
  }
}
