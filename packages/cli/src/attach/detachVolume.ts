import { hostname } from 'node:os';
import type { DisconnectReport } from '@scoria/initiator';
import { z } from 'zod';
import type { Session } from '../action.ts';
import type { ApiClient } from '../api/client.ts';
import { find } from '../api/find.ts';
import { volumes } from '../api/kinds.ts';
import { attachmentSchema, type Volume } from '../api/models.ts';
import { read } from '../api/read.ts';
import { CliError } from '../cliError.ts';
import { withSpinner } from '../output/progress.ts';
import { type InitiatorChoice, initiatorFor } from './chooseInitiator.ts';
import { connectionOf } from './connection.ts';
import { localAttachments } from './localAttachments.ts';

/** How to detach. */
export interface DetachOptions {
  readonly force: boolean;
  readonly initiator: InitiatorChoice;
  /** The attachment, when the volume has several. */
  readonly attachment?: string;
}

/** What a detach found. */
export interface DetachedVolume extends DisconnectReport {
  readonly attachmentId: string;
  readonly volumeId: string;
}

/**
 * Detaches a volume from this host: the device first, then the service's record, which takes the access away. A device
 * that does not go keeps the record, so that the same command can be repeated.
 *
 * @throws CliError, ContractError
 */
export function detachVolume(
  session: Session,
  name: string,
  options: DetachOptions,
): Promise<DetachedVolume> {
  return withSpinner(session.globals, `detaching ${name}`, () => detach(session, name, options));
}

async function detach(
  { client, globals }: Session,
  name: string,
  options: DetachOptions,
): Promise<DetachedVolume> {
  const volume = await find(client, volumes, name);
  const attachmentId = options.attachment ?? (await attachmentOnThisHost(client, volume));
  const attachment = read(await client.get(`/attachments/${attachmentId}`), 'attachment', attachmentSchema);
  const info = attachment.connection_info ?? {};
  let report: DisconnectReport = { wasAttached: false, flushed: true, warnings: [] };
  if (Object.keys(info).length > 0) {
    const connection = connectionOf(info);
    const disconnect = { force: options.force, deadlineMs: globals.timeout * 1000 };
    // Whichever initiator holds it: detaching what an initiator does not hold succeeds.
    for (const choice of await candidates(options.initiator)) {
      const initiator = await initiatorFor(connection.driver_volume_type, choice);
      const one = await initiator.disconnect(connection, disconnect);
      if (one.wasAttached) report = one;
    }
  }
  await client.delete(`/attachments/${attachmentId}`);
  return { attachmentId, volumeId: volume.id, ...report };
}

async function candidates(choice: InitiatorChoice): Promise<InitiatorChoice[]> {
  if (choice !== 'auto') return [choice];
  const { iscsiInitiator } = await import('@scoria/initiator');
  return iscsiInitiator('auto') === 'userland' ? ['userland'] : ['userland', 'open-iscsi'];
}

/** Attachments whose detach failed after the device had gone: only the service's half is left to do. */
async function halfDetached(client: ApiClient, volume: Volume): Promise<string[]> {
  const answer = await client.get('/attachments/detail', { volume_id: volume.id });
  const attachments = read(answer, 'attachments', z.array(attachmentSchema));
  return attachments.filter(({ status }) => status === 'error_detaching').map(({ id }) => id);
}

/** What the service says is on this host; or what an initiator holds of an attachment that was never completed. */
async function attachmentOnThisHost(client: ApiClient, volume: Volume): Promise<string> {
  const recorded = volume.attachments
    .filter(({ host_name: host }) => host === null || host === undefined || host === hostname())
    .map((each) => each.attachment_id);
  const local = recorded.length > 0 ? [] : await localAttachments(client, volume.id);
  const held = [...recorded, ...local.map((each) => each.attachmentId)];
  const [first, ...others] = held.length > 0 ? held : await halfDetached(client, volume);
  const label = volume.name ?? volume.id;
  if (first === undefined) {
    throw new CliError('refused', `The volume "${label}" is not attached to this host.`, {
      hint: `"scoria attachment list --volume ${volume.id}" shows its attachments.`,
    });
  }
  if (others.length > 0) {
    throw new CliError(
      'refused',
      `The volume "${label}" has ${others.length + 1} attachments to this host.`,
      {
        hint: `Name one with --attachment: ${[first, ...others].join(', ')}.`,
      },
    );
  }
  return first;
}
