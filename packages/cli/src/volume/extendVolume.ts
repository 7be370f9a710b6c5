import type { Session } from '../action.ts';
import { find } from '../api/find.ts';
import { volumes } from '../api/kinds.ts';
import type { Volume } from '../api/models.ts';
import { settle } from '../api/settle.ts';
import { localAttachments } from '../attach/localAttachments.ts';
import { withSpinner } from '../output/progress.ts';

/** Extends a volume, then its device if it is attached to this host. @throws CliError, ContractError */
export async function extendVolume(
  session: Session,
  name: string,
  size: number,
  device: boolean,
): Promise<Volume> {
  const { client, globals } = session;
  const { id, status } = await find(client, volumes, name);
  await client.post(`/volumes/${id}/action`, { 'os-extend': { new_size: size } });
  const extended = await withSpinner(globals, `extending ${name}`, () =>
    settle(client, volumes, id, [status], { timeoutSeconds: globals.timeout }),
  );
  if (!device || status !== 'in-use') return extended;
  for (const { initiator, listed, connection } of await localAttachments(client, id)) {
    const wait = { deadlineMs: globals.timeout * 1000 };
    await initiator.extend(listed.device ?? (await initiator.connect(connection, wait)), wait);
  }
  return extended;
}
