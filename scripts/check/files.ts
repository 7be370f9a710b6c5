import { glob, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';

/** Names that say nothing, so that everything ends up in them. */
const vague = /^(utils?|helpers|common|misc|shared|stuff)\.(ts|mjs)$/;

/** The aim is 250; above this a source file surely holds more than one concern. */
const mostLines = 400;

/** Source files are named for what they do, and small. */
export async function checkFiles(root: string): Promise<string> {
  const findings: string[] = [];
  for await (const file of glob('{packages,test,scripts}/**/*.{ts,mjs}', { cwd: root, exclude: skipped })) {
    if (vague.test(basename(file))) findings.push(`${file}: name it for its concern`);
    if (file.includes('/test/') || file.startsWith('test/')) continue;
    const lines = (await readFile(join(root, file), 'utf8')).split('\n').length - 1;
    if (lines > mostLines)
      findings.push(`${file}: ${lines} lines; split it by concern (at most ${mostLines})`);
  }
  return findings.sort().join('\n');
}

function skipped(name: string): boolean {
  return (
    name === 'node_modules' || name === 'dist' || name.endsWith('/node_modules') || name.endsWith('/dist')
  );
}
