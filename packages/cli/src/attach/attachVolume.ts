import { isContractError, withSecondary } from '@scoria/core/contract';
import type { AttachedDevice } from '@scoria/initiator';
import type { Session } from '../action.ts';
import { find } from '../api/find.ts';
import { volumes } from '../api/kinds.ts';
import { type Attachment, attachmentSchema } from '../api/models.ts';
import { read } from '../api/read.ts';
import { withSpinner } from '../output/progress.ts';
import { untilInterrupted } from '../untilInterrupted.ts';
import { type InitiatorChoice, initiatorFor } from './chooseInitiator.ts';
import { connectionOf } from './connection.ts';

/** How to attach. */
export interface AttachOptions {
  readonly readOnly: boolean;
  readonly initiator: InitiatorChoice;
  /** By all portals, with a multipath map above. */
  readonly multipath: boolean;
}

/** A volume on this host. */
export interface AttachedVolume {
  readonly attachmentId: string;
  readonly volumeId: string;
  readonly device: AttachedDevice;
}

/**
 * Attaches a volume to this host: reserve, export to this host's initiator, connect, complete. What was done is undone in
 * reverse when a step fails.
 *
 * @throws CliError, ContractError
 */
export function attachVolume(
  session: Session,
  name: string,
  options: AttachOptions,
): Promise<AttachedVolume> {
  return withSpinner(session.globals, `attaching ${name}`, () =>
    untilInterrupted((signal) => attach(session, name, options, signal)),
  );
}

async function attach(
  { client, globals }: Session,
  name: string,
  options: AttachOptions,
  signal: AbortSignal,
): Promise<AttachedVolume> {
  const volume = await find(client, volumes, name);
  const path = `/volumes/${volume.id}`;
  const mode = options.readOnly ? 'ro' : 'rw';
  // Before anything is reserved: it may not be able to.
  const { ownPorts } = await import('@scoria/initiator');
  const ports = await ownPorts(await initiatorFor('fibre_channel', options.initiator));
  // Whether its iSCSI can do multipath does not matter on a host that may get the volume by Fibre Channel.
  const isIscsiOnly = ports.wwpns === undefined;
  const own = await initiatorFor('iscsi', options.initiator, options.multipath && isIscsiOnly);
  signal.throwIfAborted();
  const reserve = { attachment: { volume_uuid: volume.id, mode } };
  const { id } = read(await client.post('/attachments', reserve), 'attachment', attachmentSchema);
  const undo: (() => Promise<unknown>)[] = [() => client.delete(`/attachments/${id}`)];
  try {
    signal.throwIfAborted();
    const connector = {
      ...(await own.connectorProperties()),
      ...ports,
      multipath: options.multipath,
      mode,
    };
    const answer = await client.put(`/attachments/${id}`, { attachment: { connector } });
    signal.throwIfAborted();
    const attachment: Attachment = read(answer, 'attachment', attachmentSchema);
    const connection = connectionOf(attachment.connection_info ?? {});
    const { driver_volume_type: type } = connection;
    const initiator = await initiatorFor(type, options.initiator, options.multipath);
    const device = await initiator.connect(connection, {
      deadlineMs: globals.timeout * 1000,
      signal,
    });
    undo.push(() => initiator.disconnect(device, { force: true }));
    signal.throwIfAborted();
    await client.post(`/attachments/${id}/action`, { 'os-complete': {} });
    return { attachmentId: id, volumeId: volume.id, device };
  } catch (error) {
    const failures = await unwind(undo);
    if (signal.aborted && failures.length === 0) throw signal.reason;
    if (isContractError(error)) throw withSecondary(error, failures);
    if (failures.length > 0 && error instanceof Error) {
      error.message += ` Cleaning up failed too: ${failures.map(String).join('; ')} (see ${path}).`;
    }
    throw error;
  }
}

async function unwind(steps: (() => Promise<unknown>)[]): Promise<unknown[]> {
  const failures: unknown[] = [];
  for (const step of steps.reverse()) await step().catch((error: unknown) => failures.push(error));
  return failures;
}
