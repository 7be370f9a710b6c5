// biome-ignore-all lint/suspicious/noTemplateCurlyInString: shell code, whose variables look like template placeholders.
import type { Command } from 'commander';
import { type CompletionNode, describeTree, type Word } from './describeTree.ts';

/** The completion script of a shell for a program, made from its commands. */
export function completionScript(shell: 'bash' | 'zsh' | 'fish', program: Command): string {
  const nodes = describeTree(program);
  switch (shell) {
    case 'bash':
      return bash(program.name(), nodes);
    case 'zsh':
      return zsh(program.name(), nodes);
    case 'fish':
      return fish(program.name(), nodes);
  }
}

function words(node: CompletionNode): string {
  return [...node.subcommands, ...node.options].map((word) => word.text).join(' ');
}

function bash(name: string, nodes: readonly CompletionNode[]): string {
  const cases = nodes.map((node) => `    ${quote(node.path.join(' '))}) words=${quote(words(node))} ;;`);
  return [
    `# bash completion of ${name}`,
    `_${name}() {`,
    '  local current=${COMP_WORDS[COMP_CWORD]} path= word words=',
    '  for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do',
    '    case $word in -*) ;; *) path="${path:+$path }$word" ;; esac',
    '    case $path in *" "*" "*) path=${path% *} ;; esac',
    '  done',
    '  case $path in',
    ...cases,
    '  esac',
    '  COMPREPLY=($(compgen -W "$words" -- "$current"))',
    '  [ ${#COMPREPLY[@]} -gt 0 ] || COMPREPLY=($(compgen -f -- "$current"))',
    '}',
    `complete -F _${name} ${name}`,
  ].join('\n');
}

function zsh(name: string, nodes: readonly CompletionNode[]): string {
  const entry = (word: Word): string => quote(`${word.text.replaceAll(':', '\\:')}:${word.description}`);
  const cases = nodes.map(
    (node) =>
      `    ${quote(node.path.join(' '))}) entries=(${[...node.subcommands, ...node.options].map(entry).join(' ')}) ;;`,
  );
  return [
    `#compdef ${name}`,
    `_${name}() {`,
    '  local -a entries given',
    '  given=(${words[2,CURRENT-1]:#-*})',
    '  case "${given[1,2]}" in',
    ...cases,
    '    *) _files; return ;;',
    '  esac',
    "  _describe 'scoria' entries || _files",
    '}',
    `compdef _${name} ${name}`,
  ].join('\n');
}

function fish(name: string, nodes: readonly CompletionNode[]): string {
  const lines = nodes.flatMap((node) => {
    const condition = conditionOf(node);
    const head = `complete -c ${name} -n ${quote(condition)}`;
    const subcommands = node.subcommands.map(
      (word) => `${head} -f -a ${quote(word.text)} -d ${quote(word.description)}`,
    );
    const options = node.options.map(
      (word) => `${head} -l ${quote(word.text.slice(2))} -d ${quote(word.description)}`,
    );
    return [...subcommands, ...options];
  });
  return [`# fish completion of ${name}`, ...lines].join('\n');
}

function conditionOf(node: CompletionNode): string {
  const [noun, verb] = node.path;
  if (noun === undefined) return '__fish_use_subcommand';
  const names = node.subcommands.map((word) => word.text).join(' ');
  if (verb !== undefined)
    return `__fish_seen_subcommand_from ${noun}; and __fish_seen_subcommand_from ${verb}`;
  return `__fish_seen_subcommand_from ${noun}${names === '' ? '' : `; and not __fish_seen_subcommand_from ${names}`}`;
}

/** Single quotes, as all three shells read them. */
function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
