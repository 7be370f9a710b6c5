import { Command } from 'commander';
import { globalsOf } from '../../globals.ts';

/** `scoria attachment clean`. */
export function attachmentClean(): Command {
  return new Command('clean')
    .description(
      'take away what is broken on this host: dead daemons, stale mounts and devices; needs no service',
    )
    .action(async (_options: unknown, command: Command) => {
      const globals = globalsOf(command);
      const { cleanBroken } = await import('../../attach/cleanBroken.ts');
      const { printDone, printObject } = await import('../../output/print.ts');
      const cleaned = await cleanBroken(globals.timeout);
      if (globals.json) return printObject(globals, { cleaned });
      for (const each of cleaned) printDone(globals, `Took away ${each}.`);
      if (cleaned.length === 0) printDone(globals, 'Nothing is broken.');
    });
}
