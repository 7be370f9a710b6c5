import { createHash } from 'node:crypto';
import { LocationList } from '@scoria/data-mover';
import { BackupError } from '../errors.ts';
import { type Manifest, segmentRange } from '../format/manifest.ts';
import { manifestName, segmentName } from '../format/names.ts';
import { segmentDigest } from '../format/segment.ts';
import { loadSegment } from './segments.ts';
import { problemCode, type VerifyRun } from './verifyRun.ts';

/**
 * Reads every index segment once and compares it with the manifests that name it.
 *
 * @returns refs of the segments that are whole
 */
export async function verifySegments(run: VerifyRun): Promise<ReadonlySet<string>> {
  const { context, group, manifests, packs, problems } = run;
  const digests = new Map<string, { readonly digest: Buffer; readonly packs: ReadonlySet<number> }>();
  const damaged = new Set<string>();
  for (const manifest of manifests) {
    const listed = new Set(manifest.packs.map(([ref]) => packs.number(ref)));
    const whole = createHash('sha256');
    let readable = true;
    for (const [segment, ref] of manifest.segments.entries()) {
      if (ref === null) {
        whole.update(segmentDigest(LocationList.zeros(segmentRange(manifest, segment).blocks)));
        continue;
      }
      if (!digests.has(ref) && !damaged.has(ref)) {
        try {
          const locations = await loadSegment(context, manifest, segment, packs, group.signal);
          if (locations !== undefined)
            digests.set(ref, { digest: segmentDigest(locations), packs: packsOf(locations) });
        } catch (error) {
          const code = problemCode(error);
          if (code === undefined || !(error instanceof BackupError)) throw error;
          damaged.add(ref);
          problems.add(code, segmentName(manifest.volumeId, ref), error.message, backupsNaming(run, ref));
        }
      }
      const known = digests.get(ref);
      if (known === undefined) readable = false;
      else {
        whole.update(known.digest);
        if ([...known.packs].some((pack) => !listed.has(pack)))
          spoiled(run, manifest, 'a block is in a pack that it does not list');
      }
    }
    if (readable && whole.digest('hex') !== manifest.digest)
      spoiled(run, manifest, 'its digest is not the one of its blocks');
  }
  return new Set(digests.keys());
}

function spoiled({ problems }: VerifyRun, { volumeId, backupId }: Manifest, why: string): void {
  const name = manifestName(volumeId, backupId);
  problems.add('CORRUPT', name, `${name} is damaged: ${why}`, [backupId]);
}

function backupsNaming({ manifests }: VerifyRun, ref: string): string[] {
  return manifests.filter(({ segments }) => segments.includes(ref)).map(({ backupId }) => backupId);
}

function packsOf(locations: LocationList): Set<number> {
  const packs = new Set<number>();
  for (let index = 0; index < locations.count; index += 1)
    if (!locations.isZero(index)) packs.add(locations.pack(index));
  return packs;
}
