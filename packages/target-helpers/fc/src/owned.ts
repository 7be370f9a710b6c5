import type { OwnedObject } from '@scoria/driver-sdk';
import { deviceAt, listBackstores } from '@scoria/lio-kit';
import { accessDifferences, lunDifferences } from './export/compare.ts';
import type { ExportContext } from './export/context.ts';
import { type ShownExport, showExports, toExport } from './export/showExport.ts';
import type { ExportRecord } from './record.ts';

/** What an export is called: a port and its number there, as initiators know it. */
const referenceOf = ({ at, backstore }: ShownExport) =>
  at[0] ? `${at[0].port}:${at[0].lun}` : backstore.path;

/** Without an entry in the saved file a reboot would lose it. */
async function isIntact(
  { ports }: ExportContext,
  shown: ShownExport,
  record: ExportRecord | undefined,
): Promise<boolean> {
  const device = record && (await deviceAt(record.path).catch(() => undefined));
  if (!record || !device) return false;
  return (
    [...lunDifferences(record, device, shown), ...accessDifferences(record.access, ports, shown)].length === 0
  );
}

async function exportObjects(
  context: ExportContext,
  name: string,
  shown: ShownExport,
  record: ExportRecord | undefined,
): Promise<OwnedObject[]> {
  const { ports, access, sessions } = await toExport(name, shown);
  const reference = referenceOf(shown);
  return [
    {
      kind: 'target',
      name,
      reference,
      intact: await isIntact(context, shown, record),
      detail: { present: 'yes', recorded: record ? 'yes' : 'no', ports: ports.join(' ') },
    },
    ...access.map(
      ({ wwpn }): OwnedObject => ({ kind: 'access', name, reference: `${reference} ${wwpn}`, detail: {} }),
    ),
    ...sessions.map(
      (wwpn): OwnedObject => ({ kind: 'session', name, reference: `${reference} ${wwpn}`, detail: {} }),
    ),
  ];
}

/**
 * What is ours in the kernel and in the saved file. A backstore that no port has (an attempt that was killed) counts as an export that is not present: removing
 * the volume's export removes it.
 */
export async function ownedObjects(context: ExportContext): Promise<OwnedObject[]> {
  const { fs, saved, owner } = context;
  const records = await saved.records();
  const shown = await showExports(context);
  const absent = (name: string, reference: string, isRecorded: boolean): OwnedObject => ({
    kind: 'target',
    name,
    reference,
    intact: false,
    detail: { present: 'no', recorded: isRecorded ? 'yes' : 'no' },
  });
  const present = await Promise.all(
    [...shown].map(([name, each]) => exportObjects(context, name, each, records.get(name))),
  );
  const missing = [...records.values()].filter(({ name }) => !shown.has(name));
  const leftovers = (await listBackstores(fs)).flatMap(({ name, path }) => {
    const volume = owner.volumeOf(name);
    return volume === null || shown.has(volume) || records.has(volume) ? [] : [absent(volume, path, false)];
  });
  return [
    ...present.flat(),
    ...missing.map(({ name, lun }) => absent(name, `${context.ports[0]}:${lun}`, true)),
    ...leftovers,
  ];
}
