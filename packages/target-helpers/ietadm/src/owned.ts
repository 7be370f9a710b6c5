import type { OwnedObject } from '@scoria/driver-sdk';
import type { IetFiles } from './conf/files.ts';
import type { ShownTarget } from './proc/showTargets.ts';
import type { TargetRecord } from './record.ts';
import { discrepancies } from './target/ensure.ts';

function targetObjects(
  { name, iqn, access }: TargetRecord,
  shown: ShownTarget | undefined,
  intact: boolean,
): OwnedObject[] {
  const detail = {
    present: shown ? 'yes' : 'no',
    recorded: 'yes',
    ...(shown && { tid: String(shown.tid) }),
  };
  return [
    { kind: 'target', name, reference: iqn, intact, detail },
    ...(shown ? access : []).map(
      ({ initiator }): OwnedObject => ({
        kind: 'access',
        name,
        reference: `${iqn} ${initiator}`,
        detail: {},
      }),
    ),
    ...(shown?.sessions ?? []).map(
      ({ initiator, sid, connections }): OwnedObject => ({
        kind: 'session',
        name,
        reference: `${iqn} ${initiator}`,
        detail: { sid, address: connections.map((each) => each.address).join(' ') },
      }),
    ),
  ];
}

/** What is ours by ietd.conf, beside what the kernel module shows of it. A target of IET has its stanza before it is made. */
export async function ownedObjects(
  files: IetFiles,
  shown: ReadonlyMap<string, ShownTarget>,
): Promise<OwnedObject[]> {
  const records = await files.readAll();
  const objects = await Promise.all(
    records.map(async (record) => {
      const target = shown.get(record.iqn);
      const intact = target !== undefined && (await discrepancies({ files }, record, target)).length === 0;
      return targetObjects(record, target, intact);
    }),
  );
  return objects.flat();
}
