import { Command } from 'commander';
import { openSession } from '../../action.ts';

/** `scoria backend list`. */
export function backendList(): Command {
  return new Command('list')
    .alias('ls')
    .description('list backends: whether they serve, why not, and their capacity')
    .action(async (_options: unknown, command: Command) => {
      const { client, globals } = await openSession(command);
      const { capacityOf, listBackends } = await import('./backends.ts');
      const { printList } = await import('../../output/print.ts');
      printList(globals, await listBackends(client), [
        ['BACKEND', (backend) => backend.name],
        ['STATE', (backend) => backend.state],
        ['STATUS', (backend) => backend.status],
        ['TOTAL', (backend) => capacityOf(backend, 'total')],
        ['FREE', (backend) => capacityOf(backend, 'free')],
        ['ALLOCATED', (backend) => capacityOf(backend, 'allocated')],
        ['REASON', (backend) => backend.reason],
      ]);
    });
}
