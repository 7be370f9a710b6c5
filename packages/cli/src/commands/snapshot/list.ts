import { Command } from 'commander';
import { openSession } from '../../action.ts';
import { parseCount } from '../parse.ts';

interface Options {
  readonly volume?: string;
  readonly status?: string;
  readonly allProjects?: boolean;
  readonly limit?: number;
}

/** `scoria snapshot list`. */
export function snapshotList(): Command {
  return new Command('list')
    .alias('ls')
    .description('list snapshots')
    .option('--volume <volume>', 'only those of this volume')
    .option('--status <status>', 'only those in this status')
    .option('--all-projects', 'of all projects (administrators)')
    .option('--limit <count>', 'at most so many', parseCount)
    .action(async (options: Options, command: Command) => {
      const { client, globals } = await openSession(command);
      const { find } = await import('../../api/find.ts');
      const { snapshots, volumes } = await import('../../api/kinds.ts');
      const { listAll } = await import('../../api/listAll.ts');
      const { printList } = await import('../../output/print.ts');
      const { snapshotColumns } = await import('./columns.ts');
      const query = {
        ...(options.volume !== undefined && { volume_id: (await find(client, volumes, options.volume)).id }),
        ...(options.status !== undefined && { status: options.status }),
        ...(options.allProjects === true && { all_tenants: '1' }),
      };
      printList(globals, await listAll(client, snapshots, query, options.limit), snapshotColumns);
    });
}
