import { Command } from 'commander';
import { openSession } from '../../action.ts';
import { parseCount } from '../parse.ts';

interface Options {
  readonly volume?: string;
  readonly status?: string;
  readonly allProjects?: boolean;
  readonly limit?: number;
}

/** `scoria backup list`. */
export function backupList(): Command {
  return new Command('list')
    .alias('ls')
    .description('list backups')
    .option('--volume <volume>', 'only those of this volume; of one that is gone, by id')
    .option('--status <status>', 'only those in this status')
    .option('--all-projects', 'of all projects (administrators)')
    .option('--limit <count>', 'at most so many', parseCount)
    .action(async (options: Options, command: Command) => {
      const { client, globals } = await openSession(command);
      const { idOf } = await import('../../api/find.ts');
      const { backups, volumes } = await import('../../api/kinds.ts');
      const { listAll } = await import('../../api/listAll.ts');
      const { printList } = await import('../../output/print.ts');
      const { backupColumns } = await import('./columns.ts');
      const query = {
        ...(options.volume !== undefined && { volume_id: await idOf(client, volumes, options.volume) }),
        ...(options.status !== undefined && { status: options.status }),
        ...(options.allProjects === true && { all_tenants: '1' }),
      };
      printList(globals, await listAll(client, backups, query, options.limit), backupColumns);
    });
}
