import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { completionScript } from '../../src/completion/completionScript.ts';
import { describeTree } from '../../src/completion/describeTree.ts';
import { buildProgram } from '../../src/program.ts';

describe('completion', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'scoria-completion-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('knows every command', () => {
    const paths = describeTree(buildProgram()).map((node) => node.path.join(' '));
    expect(paths).toEqual(
      expect.arrayContaining(['', 'serve', 'volume create', 'config check', 'driver inspect']),
    );
  });

  it.skipIf(!existsSync('/bin/bash')).each([
    ['scoria vol', ['volume']],
    ['scoria volume att', ['attach']],
    ['scoria --json volume create --sn', ['--snapshot']],
    ['scoria volume delete some-name --ca', ['--cascade']],
  ])('completes "%s" in bash', async (line, expected) => {
    const script = join(folder, 'scoria.bash');
    await writeFile(script, completionScript('bash', buildProgram()));
    const words = line.split(' ').map((word) => `'${word}'`);
    const code = `source ${script}; COMP_WORDS=(${words.join(' ')}); COMP_CWORD=${words.length - 1}; _scoria; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const answer = execFileSync('/bin/bash', ['--norc', '-c', code], { encoding: 'utf8' });
    expect(answer.trim().split('\n')).toEqual(expected);
  });

  it.each(['zsh', 'fish'] as const)('names every command in the script of %s', (shell) => {
    const script = completionScript(shell, buildProgram());
    for (const { path } of describeTree(buildProgram()))
      for (const word of path) expect(script).toContain(word);
  });

  for (const shell of ['zsh', 'fish'] as const) {
    const program = [`/bin/${shell}`, `/usr/bin/${shell}`].find((path) => existsSync(path));
    if (program === undefined) console.log(`skipped: reading the script of ${shell}: it is not installed`);
    it.skipIf(program === undefined)(`makes a script that ${shell} can read`, async () => {
      await writeFile(join(folder, shell), completionScript(shell, buildProgram()));
      execFileSync(program ?? '', ['-n', join(folder, shell)]);
    });
  }
});
