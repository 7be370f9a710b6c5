import { Command } from 'commander';
import { openSession } from '../../action.ts';

interface Options {
  readonly volume?: string;
  readonly allProjects?: boolean;
}

/** `scoria attachment list`. */
export function attachmentList(): Command {
  return new Command('list')
    .alias('ls')
    .description('list who has which volume')
    .option('--volume <volume>', 'only those of this volume')
    .option('--all-projects', 'of all projects (administrators)')
    .action(async (options: Options, command: Command) => {
      const { client, globals } = await openSession(command);
      const { z } = await import('zod');
      const { find } = await import('../../api/find.ts');
      const { volumes } = await import('../../api/kinds.ts');
      const { attachmentSchema } = await import('../../api/models.ts');
      const { read } = await import('../../api/read.ts');
      const { printList } = await import('../../output/print.ts');
      const query = {
        ...(options.volume !== undefined && { volume_id: (await find(client, volumes, options.volume)).id }),
        ...(options.allProjects === true && { all_tenants: '1' }),
      };
      const attachments = read(
        await client.get('/attachments', query),
        'attachments',
        z.array(attachmentSchema),
      );
      printList(globals, attachments, [
        ['ID', (each) => each.id],
        ['STATUS', (each) => each.status],
        ['VOLUME', (each) => each.volume_id],
        ['SERVER', (each) => each.instance],
      ]);
    });
}
