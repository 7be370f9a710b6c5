import { Command } from 'commander';
import { globalsOf } from '../../globals.ts';

/** `scoria attachment local`. */
export function attachmentLocal(): Command {
  return new Command('local')
    .description('list what the initiators of this host hold, broken leftovers included; needs no service')
    .action(async (_options: unknown, command: Command) => {
      const globals = globalsOf(command);
      const { everythingHeld } = await import('../../attach/heldHere.ts');
      const { printList } = await import('../../output/print.ts');
      const held = await everythingHeld();
      const rows = held.map(({ initiator, listed }) => ({ initiator: initiator.name, ...listed }));
      printList(globals, rows, [
        ['STATE', (row) => row.state],
        ['DEVICE', (row) => row.device?.path],
        ['TARGET', (row) => row.target?.iqn],
        ['LUN', (row) => row.target?.lun],
        ['PORTAL', (row) => row.target?.portal],
        ['INITIATOR', (row) => row.initiator],
      ]);
    });
}
