import type { Command } from 'commander';

/** A word that may follow. */
export interface Word {
  readonly text: string;
  readonly description: string;
}

/** A command as completion sees it: the words to it, and what may follow. */
export interface CompletionNode {
  readonly path: readonly string[];
  readonly subcommands: readonly Word[];
  readonly options: readonly Word[];
}

/** All commands of a program, the program itself first. */
export function describeTree(root: Command): CompletionNode[] {
  return visit(root, [], optionsOf(root));
}

function visit(command: Command, path: readonly string[], inherited: readonly Word[]): CompletionNode[] {
  const subcommands = command.commands.map((each) => ({
    text: each.name(),
    description: each.description(),
  }));
  const own = path.length === 0 ? [] : optionsOf(command);
  const help = { text: '--help', description: 'show help' };
  const node = { path, subcommands, options: [...own, ...inherited, help] };
  return [node, ...command.commands.flatMap((each) => visit(each, [...path, each.name()], inherited))];
}

function optionsOf(command: Command): Word[] {
  return command.options
    .filter((option) => option.long !== undefined && option.long !== null)
    .map((option) => ({ text: option.long ?? '', description: option.description }));
}
