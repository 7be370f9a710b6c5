import { Command } from 'commander';
import { globalsOf } from '../globals.ts';

interface Options {
  readonly config?: string;
}

/** `scoria doctor`. */
export function doctorCommand(): Command {
  return new Command('doctor')
    .description('check what this host needs, and say how to fix what is missing; changes nothing')
    .option('-c, --config <file>', 'check this configuration and what its backends need, too')
    .action(async (options: Options, command: Command) => {
      const globals = globalsOf(command);
      const { CliError } = await import('../cliError.ts');
      const { examine } = await import('../doctor/examine.ts');
      const { printList } = await import('../output/print.ts');
      const findings = await examine(options.config);
      printList(globals, findings, [
        ['', (finding) => finding.state],
        ['CHECK', (finding) => finding.check],
        ['FOUND', (finding) => finding.found],
        ['FIX', (finding) => finding.fix],
      ]);
      const failed = findings.filter((finding) => finding.state === 'FAIL');
      if (failed.length > 0) {
        const names = failed.map((finding) => finding.check).join(', ');
        throw new CliError('failed', `${failed.length} of ${findings.length} checks failed: ${names}.`);
      }
    });
}
