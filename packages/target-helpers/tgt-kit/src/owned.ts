import { backendNameSchema, type OwnedObject } from '@scoria/driver-sdk';
import { volumeNameOf } from '@scoria/target-kit';
import { grantsOf } from './accessRules.ts';
import { parseTarget, type ShownTarget } from './management/index.ts';
import type { TargetRecord } from './record.ts';
import { accessDifferences, lunDifferences } from './target/compare.ts';
import type { Listing } from './target/listing.ts';

const safeName = (name: string | null) => (backendNameSchema.safeParse(name).success ? name : null);

function targetObjects(
  name: string | null,
  shown: ShownTarget,
  record: TargetRecord | undefined,
): OwnedObject[] {
  const detail = { present: 'yes', recorded: record ? 'yes' : 'no', tid: String(shown.tid) };
  return [
    { kind: 'target', name, reference: shown.iqn, intact: isIntact(shown, record), detail },
    // One for each initiator: whoever asks counts them.
    ...grantsOf(shown.acl, record?.allAddresses ?? false).map(
      (initiator): OwnedObject => ({
        kind: 'access',
        name,
        reference: `${shown.iqn} ${initiator}`,
        detail: {},
      }),
    ),
    ...shown.sessions.map(
      ({ initiator, sid, connections }): OwnedObject => ({
        kind: 'session',
        name,
        reference: `${shown.iqn} ${initiator}`,
        detail: { sid: String(sid), address: connections.map((each) => each.address).join(' ') },
      }),
    ),
  ];
}

/** Without a file the next start of the daemon would lose it. Its size is left to extending. */
function isIntact(shown: ShownTarget, record: TargetRecord | undefined): boolean {
  return (
    record !== undefined &&
    [...lunDifferences(record, shown), ...accessDifferences(record, shown)].length === 0
  );
}

/**
 * What is ours in the daemon and in the configuration files. A target without a file is ours when its name has our prefix and its
 * LUN our tag: other drivers may use the same prefix on the same daemon.
 */
export function ownedObjects(
  listing: Listing,
  records: readonly TargetRecord[],
  { prefix, tag }: { readonly prefix: string; readonly tag: string },
): OwnedObject[] {
  const byIqn = new Map(records.map((record) => [record.iqn, record]));
  const shown = [...listing].flatMap((block): OwnedObject[] => {
    const record = byIqn.get(block.iqn);
    if (!record && volumeNameOf(prefix, block.iqn) === null) return [];
    const target = parseTarget(block);
    const isTagged = target.luns.some((each) => each.scsiId.length === 36 && each.scsiId.startsWith(tag));
    if (!record && !isTagged) return [];
    return targetObjects(record?.name ?? safeName(volumeNameOf(prefix, block.iqn)), target, record);
  });
  const missing = records
    .filter((record) => !listing.has(record.iqn))
    .map(
      (record): OwnedObject => ({
        kind: 'target',
        name: record.name,
        reference: record.iqn,
        intact: false,
        detail: { present: 'no', recorded: 'yes' },
      }),
    );
  return [...shown, ...missing];
}
