import { Command } from 'commander';
import { openSession } from '../../action.ts';

/** `scoria attachment delete`. */
export function attachmentDelete(): Command {
  return new Command('delete')
    .alias('rm')
    .description('take the access of an attachment away; use "volume detach" on the host that has the device')
    .argument('<attachment>', 'id')
    .action(async (id: string, _options: unknown, command: Command) => {
      const { client, globals } = await openSession(command);
      const { printDone } = await import('../../output/print.ts');
      await client.delete(`/attachments/${encodeURIComponent(id)}`);
      printDone(globals, `Deleted attachment ${id}.`);
    });
}
