// biome-ignore-all lint/suspicious/noTemplateCurlyInString: shell code, whose variables look like template placeholders.
import { Argument, Command } from 'commander';

/** `scoria completion`. */
export function completionCommand(): Command {
  return new Command('completion')
    .description('print a completion script for a shell')
    .addArgument(new Argument('<shell>', 'which shell').choices(['bash', 'zsh', 'fish']))
    .addHelpText(
      'after',
      '\nbash: scoria completion bash > /etc/bash_completion.d/scoria\nzsh:  scoria completion zsh > "${fpath[1]}/_scoria"\nfish: scoria completion fish > ~/.config/fish/completions/scoria.fish',
    )
    .action(async (shell: 'bash' | 'zsh' | 'fish', _options: unknown, command: Command) => {
      const { completionScript } = await import('../completion/completionScript.ts');
      const { print } = await import('../output/print.ts');
      const root = command.parent;
      if (root !== null) print(completionScript(shell, root));
    });
}
