import { Command } from 'commander';
import { openSession } from '../../action.ts';
import { parseCount } from '../parse.ts';

interface Options {
  readonly status?: string;
  readonly name?: string;
  readonly allProjects?: boolean;
  readonly limit?: number;
}

/** `scoria volume list`. */
export function volumeList(): Command {
  return new Command('list')
    .alias('ls')
    .description('list volumes')
    .option('--status <status>', 'only those in this status')
    .option('--name <name>', 'only those of this name')
    .option('--all-projects', 'of all projects (administrators)')
    .option('--limit <count>', 'at most so many', parseCount)
    .action(async (options: Options, command: Command) => {
      const { client, globals } = await openSession(command);
      const { listAll } = await import('../../api/listAll.ts');
      const { volumes } = await import('../../api/kinds.ts');
      const { printList } = await import('../../output/print.ts');
      const { volumeColumns } = await import('./columns.ts');
      const query = {
        ...(options.status !== undefined && { status: options.status }),
        ...(options.name !== undefined && { name: options.name }),
        ...(options.allProjects === true && { all_tenants: '1' }),
      };
      printList(globals, await listAll(client, volumes, query, options.limit), volumeColumns);
    });
}
