import type { ListedAttachment } from '../model.ts';
import { handleOf, overlaps, parseHandle } from './attachment.ts';
import type { OpenIscsiHost } from './host.ts';
import { pathsOf } from './paths.ts';
import type { AttachmentRecords } from './record.ts';
import { disksOf, listSessions } from './sessions.ts';
import { isBusy } from './targetLocks.ts';

/** What is on record, and every other disk of an iSCSI session of this host. */
export async function listAttachments(
  host: OpenIscsiHost,
  records: AttachmentRecords,
  stateDirectory: string,
): Promise<ListedAttachment[]> {
  const listed: ListedAttachment[] = [];
  const recorded = (await records.list()).map((record) => ({
    record,
    attachment: parseHandle(record.handle),
  }));
  for (const { record, attachment } of recorded) {
    const [target = null] = attachment.addresses;
    const isWhole = record.phase === 'attached' && (await pathsOf(host.sysfs, attachment)).length > 0;
    const state = (await isBusy(stateDirectory, attachment)) ? 'busy' : isWhole ? 'attached' : 'broken';
    listed.push({
      handle: record.handle,
      target,
      state,
      device: state === 'attached' ? record.device : null,
    });
  }
  for (const session of await listSessions(host.sysfs)) {
    const { transport, portal, iqn } = session;
    for (const { lun } of await disksOf(host.sysfs, session)) {
      const target = { portal, iqn, lun };
      const attachment = { transport, addressing: 'SAM' as const, addresses: [target] };
      if (recorded.some((each) => overlaps(each.attachment, attachment))) continue;
      listed.push({ handle: handleOf(attachment), target, state: 'attached', device: null });
    }
  }
  return listed;
}
