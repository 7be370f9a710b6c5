/**
 * A process of its own that does one piece of work and prints how large it became:
 *
 *   node memory.ts copy|backup|restore SOURCE DIRECTORY
 */
import { readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DataMover } from '@scoria/data-mover';
import { scoriaTool } from '../backupTools.ts';
import { writeFresh } from '../content.ts';
import { endpoint } from '../ours.ts';
import { openWorkbench } from '../workbench.ts';

const [work = '', source = '', directory = ''] = process.argv.slice(2);
const destination = join(directory, 'memory-destination');
const repository = join(directory, 'memory-repository');
const { size } = await stat(source);
await writeFresh(destination, size);
const mover = new DataMover();
mover.start();
const interrupted = new AbortController().signal;
const bench = await openWorkbench(directory, { size: 0, rounds: 1, peers: false, interrupted });
const tool = scoriaTool(bench, mover, false);
if (work === 'backup') await tool.init(repository);

// proc(5): 5 resets the peak.
await writeFile('/proc/self/clear_refs', '5\n');
const beforeBytes = await resident('VmRSS');
if (work === 'copy') {
  const ends = { source: await endpoint(source), destination: await endpoint(destination) };
  await mover.copy({ ...ends, length: size, destinationIsZero: true, verify: true });
} else if (work === 'backup') await tool.backup(repository, source, 'backup-full', null);
else await tool.restore(repository, source, 'backup-full', destination);
const peakBytes = await resident('VmHWM');
console.log(JSON.stringify({ beforeBytes, peakBytes }));
await mover.close();
await rm(destination);
if (work === 'restore') await rm(repository, { recursive: true });

async function resident(field: string): Promise<number> {
  const status = await readFile('/proc/self/status', 'utf8');
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1] ?? Number.NaN) * 1024;
}
