import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { exitCodeMeanings, exitCodes } from '../../src/exitCodes.ts';
import { buildProgram } from '../../src/program.ts';

const docs = resolve(import.meta.dirname, '../../../../docs');

describe('the documentation of the command', () => {
  it('lists every command and option', async () => {
    await expect(reference(buildProgram())).toMatchFileSnapshot(join(docs, 'reference/cli.md'));
  });

  it('gives every exit code its meaning', async () => {
    const page = await readFile(join(docs, 'cli.md'), 'utf8');
    for (const [kind, meaning] of Object.entries(exitCodeMeanings)) {
      expect(page).toContain(`| ${exitCodes[kind as keyof typeof exitCodes]} | ${kind} | ${meaning} |`);
    }
  });
});

function reference(program: Command): string {
  const sections = leaves(program, []).map(([path, command]) => section(path, command));
  return [
    '# Commands of `scoria`',
    '',
    '<!-- Made from packages/cli by its test (test/docs/reference.test.ts). Do not edit. -->',
    '',
    'Every command also takes these options:',
    '',
    ...options(program),
    '',
    ...sections,
  ].join('\n');
}

function leaves(command: Command, path: readonly string[]): [string, Command][] {
  if (command.commands.length === 0) return [[path.join(' '), command]];
  return command.commands.flatMap((each) => leaves(each, [...path, each.name()]));
}

function section(path: string, command: Command): string {
  const given = command.registeredArguments.map((each) => {
    const name = each.variadic ? `${each.name()}...` : each.name();
    return each.required ? `<${name}>` : `[${name}]`;
  });
  const described = command.registeredArguments.filter((each) => each.description !== '');
  const lines = [`## ${['scoria', path, ...given].join(' ')}`, '', `${capital(command.description())}.`, ''];
  if (described.length > 0)
    lines.push(...described.map((each) => `- \`${each.name()}\`: ${each.description}`), '');
  if (command.options.length > 0) lines.push(...options(command), '');
  return lines.join('\n');
}

function options(command: Command): string[] {
  const rows = command.options.map((option) => {
    const standard =
      option.defaultValue === undefined || option.negate
        ? ''
        : ` (default: ${JSON.stringify(option.defaultValue)})`;
    const choices = option.argChoices === undefined ? '' : ` (${option.argChoices.join(', ')})`;
    return `| \`${option.flags}\` | ${option.description}${choices}${standard} |`;
  });
  return ['| option | meaning |', '|---|---|', ...rows];
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
