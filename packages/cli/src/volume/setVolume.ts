import type { Session } from '../action.ts';
import { find } from '../api/find.ts';
import { volumes } from '../api/kinds.ts';
import type { Volume } from '../api/models.ts';
import { CliError } from '../cliError.ts';

/** What to change. */
export interface SetVolumeOptions {
  readonly name?: string;
  readonly description?: string;
  readonly property?: Readonly<Record<string, string>>;
  readonly unset?: readonly string[];
  readonly bootable?: boolean;
  readonly readOnly?: boolean;
  readonly readWrite?: boolean;
  readonly status?: string;
}

/** Changes a volume's record, one request per kind of change, and returns it. @throws CliError */
export async function setVolume(
  { client }: Session,
  name: string,
  options: SetVolumeOptions,
): Promise<Volume> {
  if (Object.keys(options).length === 0) throw new CliError('usage', 'Say what to change: see --help.');
  if (options.readOnly === true && options.readWrite === true) {
    throw new CliError('usage', 'Give --read-only or --read-write, not both.');
  }
  const { id } = await find(client, volumes, name);
  const act = (action: Readonly<Record<string, unknown>>): Promise<unknown> =>
    client.post(`/volumes/${id}/action`, action);
  if (options.name !== undefined || options.description !== undefined) {
    const { name: newName, description } = options;
    await client.put(`/volumes/${id}`, {
      volume: {
        ...(newName !== undefined && { name: newName }),
        ...(description !== undefined && { description }),
      },
    });
  }
  if (options.property !== undefined)
    await client.post(`/volumes/${id}/metadata`, { metadata: options.property });
  for (const key of options.unset ?? [])
    await client.delete(`/volumes/${id}/metadata/${encodeURIComponent(key)}`);
  if (options.bootable !== undefined) await act({ 'os-set_bootable': { bootable: options.bootable } });
  if (options.readOnly === true || options.readWrite === true) {
    await act({ 'os-update_readonly_flag': { readonly: options.readOnly === true } });
  }
  if (options.status !== undefined) await act({ 'os-reset_status': { status: options.status } });
  return find(client, volumes, id);
}
