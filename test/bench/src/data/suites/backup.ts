import { rm } from 'node:fs/promises';
import type { Figure, Goal } from '../../figure.ts';
import {
  type BackupTool,
  borgTool,
  cinderTool,
  resticTool,
  restoredPath,
  scoriaTool,
  toolNames,
} from '../backupTools.ts';
import { run, warmPrograms } from '../command.ts';
import { changeOnePercent, writeFolder, writeHead } from '../content.ts';
import { type Absent, against, type Contender, contest, type Times } from '../contest.ts';
import { startWarmMover } from '../ours.ts';
import { gib, type Workbench } from '../workbench.ts';

const ours = [toolNames.plain, toolNames.encrypted];

/** A quarter of the large work, of which a quarter cannot be compressed and the rest was never written. */
export async function backupMostlyEmpty(bench: Workbench): Promise<Figure[]> {
  const bytes = bench.size / 4;
  const volume = bench.path('volume-a');
  await writeHead(volume, bytes, bytes / 4);
  return await allOf(bench, volume, bytes, `${gib(bytes)} with ${gib(bytes / 4)} of data`);
}

/** Half of the large work: what programs, libraries and documents look like. */
export async function backupFiles(bench: Workbench): Promise<Figure[]> {
  const bytes = bench.size / 2;
  const volume = bench.path('volume-b');
  await writeFolder(volume, bytes, '/usr');
  return await allOf(bench, volume, bytes, `${gib(bytes)} of /usr`);
}

/** Full, then incremental with one per cent changed each, then restored from that chain. */
async function allOf(bench: Workbench, volume: string, bytes: number, what: string): Promise<Figure[]> {
  await using pool = await startWarmMover(bench);
  const tools: (BackupTool | Absent)[] = [
    scoriaTool(bench, pool.mover, false),
    scoriaTool(bench, pool.mover, true),
    ...(bench.peers ? [await resticTool(bench), await borgTool(bench), await cinderTool(bench)] : []),
  ];
  const destination = bench.path('restored');
  const repository = (tool: BackupTool): string =>
    bench.path(`repository-${tool.name.replaceAll(/[^a-z]+/gi, '-')}`);
  const compare = async (tool: BackupTool) =>
    void (await run('cmp', [volume, restoredPath(tool, volume, destination)]));
  const restoreAndCompare = async (tool: BackupTool, name: string): Promise<void> => {
    await tool.prepareRestore(volume, destination, bytes);
    await tool.restore(repository(tool), volume, name, destination);
    await compare(tool);
  };
  const every = (contender: (tool: BackupTool) => Omit<Contender, 'name' | 'warm'>): (Contender | Absent)[] =>
    tools.map((tool) =>
      'missing' in tool
        ? tool
        : { name: tool.name, warm: () => warmPrograms(tool.programs), ...contender(tool) },
    );

  const full = await contest(
    bench,
    `full backup of ${what}`,
    ours,
    every((tool) => ({
      async prepare() {
        await rm(repository(tool), { recursive: true, force: true });
        await tool.init(repository(tool));
      },
      run: () => tool.backup(repository(tool), volume, 'backup-full', null),
      check: () => restoreAndCompare(tool, 'backup-full'),
    })),
  );
  const nameOf = (round: number): string => (round < 0 ? 'backup-full' : `backup-${round}`);
  let current = 0;
  const incremental = await contest(
    bench,
    `incremental backup, 1 % changed, of ${what}`,
    ours,
    every((tool) => ({
      prepare: async () => undefined,
      run: () => tool.backup(repository(tool), volume, nameOf(current), nameOf(current - 1)),
      check: () => restoreAndCompare(tool, nameOf(current)),
    })),
    async (round) => {
      current = round;
      await changeOnePercent(volume, bytes, `round ${round}`);
    },
  );
  const restored = await contest(
    bench,
    `restore of ${what}, verified`,
    ours,
    every((tool) => ({
      prepare: () => tool.prepareRestore(volume, destination, bytes),
      run: () => tool.restore(repository(tool), volume, nameOf(bench.rounds - 1), destination),
      check: () => compare(tool),
    })),
  );
  return [
    ...judged(`full backup of ${what}`, full, { better: 'lower', ratio: 10 }),
    ...judged(`incremental backup, 1 % changed, of ${what}`, incremental, { better: 'lower', ratio: 1 }),
    ...judged(`restore of ${what}, verified`, restored, { better: 'lower', ratio: 1 }),
  ];
}

/** Not encrypted against those that do not encrypt, encrypted against the one that always does. */
function judged(title: string, times: Times, cinder: Goal): Figure[] {
  const faster: Goal = { better: 'lower', ratio: 1 };
  const { plain, encrypted, restic, borg, cinder: chunked } = toolNames;
  return [
    ...against(title, times, plain, { [borg]: faster, [chunked]: cinder }, [borg, chunked]),
    ...against(`${title}, encrypted`, times, encrypted, { [restic]: faster }, [restic]),
  ];
}
