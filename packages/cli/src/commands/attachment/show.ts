import { Command } from 'commander';
import { openSession } from '../../action.ts';

/** `scoria attachment show`. */
export function attachmentShow(): Command {
  return new Command('show')
    .description('show an attachment; its CHAP secret is never shown')
    .argument('<attachment>', 'id')
    .action(async (id: string, _options: unknown, command: Command) => {
      const { client, globals } = await openSession(command);
      const { attachmentSchema } = await import('../../api/models.ts');
      const { read } = await import('../../api/read.ts');
      const { printObject } = await import('../../output/print.ts');
      const answer = await client.get(`/attachments/${encodeURIComponent(id)}`);
      const attachment = read(answer, 'attachment', attachmentSchema);
      const { auth_password: secret, ...connection } = attachment.connection_info ?? {};
      const shown = { ...connection, ...(secret !== undefined && { auth_password: '[secret]' }) };
      printObject(globals, { ...attachment, connection_info: shown });
    });
}
