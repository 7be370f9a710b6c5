import type { OwnedObject } from '@scoria/driver-sdk';
import { deviceAt, listBackstores } from '@scoria/lio-kit';
import { type ShownTarget, showTarget } from './kernel/showTarget.ts';
import type { TargetRecord } from './record.ts';
import { accessDifferences, groupDifferences, lunDifferences } from './target/compare.ts';
import type { TargetContext } from './target/context.ts';

async function targetObjects(
  name: string,
  shown: ShownTarget,
  record: TargetRecord | undefined,
): Promise<OwnedObject[]> {
  return [
    {
      kind: 'target',
      name,
      reference: shown.iqn,
      intact: await isIntact(shown, record),
      detail: { present: 'yes', recorded: record ? 'yes' : 'no' },
    },
    ...shown.acls.map(
      ({ initiator }): OwnedObject => ({
        kind: 'access',
        name,
        reference: `${shown.iqn} ${initiator}`,
        detail: {},
      }),
    ),
    ...shown.sessions.map(
      ({ initiator, address }): OwnedObject => ({
        kind: 'session',
        name,
        reference: `${shown.iqn} ${initiator}`,
        detail: { address },
      }),
    ),
  ];
}

/** Without an entry in the saved file a reboot would lose it. */
async function isIntact(shown: ShownTarget, record: TargetRecord | undefined): Promise<boolean> {
  const device = record && (await deviceAt(record.path).catch(() => undefined));
  if (!record || !device) return false;
  const differences = [
    ...lunDifferences(record, device, shown),
    ...accessDifferences(record, shown),
    ...groupDifferences(record, shown),
  ];
  return differences.length === 0;
}

/** The volume that a target exports, when its LUN has a backstore of ours. */
function volumeOf({ owner }: TargetContext, shown: ShownTarget): string | null {
  const names = shown.luns.map(({ backstorePath }) => backstorePath?.split('/').at(-1) ?? '');
  return names.map((each) => owner.volumeOf(each)).find((each) => each !== null) ?? null;
}

/**
 * What is ours in the kernel and in the saved file. A backstore that no target has (an attempt that was killed) counts as a target that is not
 * present: removing the volume's export removes it.
 */
export async function ownedObjects(context: TargetContext): Promise<OwnedObject[]> {
  const { fs, saved, owner } = context;
  const records = await saved.records();
  const iqns = (await fs.list('iscsi')).filter(
    ({ kind, name }) => kind === 'directory' && /^(iqn|eui|naa)\./.test(name),
  );
  const shown = (await Promise.all(iqns.map(({ name }) => showTarget(fs, name)))).flatMap((each) => {
    const volume = each && volumeOf(context, each);
    return each && volume ? [{ volume, target: each }] : [];
  });
  const present = new Set(shown.map(({ volume }) => volume));
  const byIqn = new Map(records.map((record) => [record.iqn, record]));
  const absent = (name: string, reference: string, isRecorded: boolean): OwnedObject => ({
    kind: 'target',
    name,
    reference,
    intact: false,
    detail: { present: 'no', recorded: isRecorded ? 'yes' : 'no' },
  });
  const missing = records.filter(({ name }) => !present.has(name));
  const leftovers = (await listBackstores(fs)).flatMap(({ name, path }) => {
    const volume = owner.volumeOf(name);
    const isKnown =
      volume === null || present.has(volume) || missing.some((record) => record.name === volume);
    return isKnown ? [] : [absent(volume, path, false)];
  });
  const objects = await Promise.all(
    shown.map(({ volume, target }) => targetObjects(volume, target, byIqn.get(target.iqn))),
  );
  return [...objects.flat(), ...missing.map(({ name, iqn }) => absent(name, iqn, true)), ...leftovers];
}
