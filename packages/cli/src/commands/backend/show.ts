import { Command } from 'commander';
import { openSession } from '../../action.ts';

/** `scoria backend show`. */
export function backendShow(): Command {
  return new Command('show')
    .description('show a backend and its pools')
    .argument('<backend>', 'its section name, or host@name')
    .action(async (name: string, _options: unknown, command: Command) => {
      const { client, globals } = await openSession(command);
      const { CliError } = await import('../../cliError.ts');
      const { listBackends } = await import('./backends.ts');
      const { printObject } = await import('../../output/print.ts');
      const backends = await listBackends(client);
      const backend = backends.find((each) => each.name === name || each.host === name);
      if (backend === undefined) {
        const known = backends.map((each) => each.name).join(', ');
        throw new CliError('notFound', `There is no backend "${name}".`, {
          hint: `Backends: ${known || 'none'}.`,
        });
      }
      const { pools, ...rest } = backend;
      const flat = Object.fromEntries(
        pools.flatMap((pool) => {
          const label = pool.name.slice(pool.name.indexOf('#') + 1);
          return Object.entries(pool.capabilities).map(([key, value]) => [`${label}.${key}`, value]);
        }),
      );
      printObject(globals, globals.json ? { ...backend } : { ...rest, ...flat });
    });
}
