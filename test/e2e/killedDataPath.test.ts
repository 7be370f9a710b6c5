import { randomInt } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { backendsUp, temporaryDirectory, waitFor } from '@scoria-test/support';
import { expect, test } from 'vitest';
import { type Random, seededRandom } from './chaos/random.ts';
import { backups, type Good } from './killedDataPath/backups.ts';
import { copies } from './killedDataPath/copies.ts';
import { KillableService } from './killedDataPath/killableService.ts';
import { difference, PatternSource } from './killedDataPath/pattern.ts';
import { restores } from './killedDataPath/restores.ts';
import { WIPED_MIB, wipes } from './killedDataPath/wipes.ts';
import { type Asked, GIB, MIB, type Round, Yard } from './killedDataPath/yard.ts';

/** `SCORIA_KILL_SEED` repeats a run as far as timing allows; `SCORIA_KILLS` makes it longer or shorter. */
const seed = Number(process.env['SCORIA_KILL_SEED'] ?? randomInt(2 ** 31));
const kills = Number(process.env['SCORIA_KILLS'] ?? 50);
const kinds = ['copy', 'wipe', 'backup', 'restore'] as const;
type Kind = (typeof kinds)[number];

test(`kill -9 at ${kills} random moments of copies, wipes, backups and restores (seed ${seed}): each goes on or is undone, no wrong byte is called good`, {
  timeout: 120_000 + kills * 10_000,
}, async () => {
  await using temporary = await temporaryDirectory('scoria-killed-');
  const directory = temporary.path;
  await using service = await KillableService.start({
    directory,
    backends: {
      array: {
        volume_driver: 'fake',
        fake_data_dir: join(directory, 'array'),
        // Space is used again as it is, so that clones are copied and deletions wiped, whatever the filesystem can do.
        fake_recycle: true,
        volume_clear: 'shred',
        volume_clear_size: WIPED_MIB,
        volume_copy_bps_limit: 72 * MIB,
      },
    },
    settings: {
      backup: { type: 'directory', path: join(directory, 'repository') },
      // So that many of the kills find something to go on from.
      data_mover_checkpoint_interval: 1,
    },
  });
  await backendsUp(service.client);
  const random = seededRandom(seed);
  const yard = new Yard(service, directory, random, new PatternSource(seed, random));
  const good: Good[] = [];
  const prepare: Record<Kind, () => Promise<Round>> = {
    copy: await copies(yard),
    wipe: await wipes(yard),
    backup: await backups(yard, good),
    restore: await restores(yard, good),
  };

  const durations = new Map<Kind, number>();
  for (const kind of kinds) {
    const round = await prepare[kind]();
    const start = performance.now();
    const asked = await round.begin();
    await yard.settled();
    durations.set(kind, performance.now() - start);
    await round.check(asked);
  }

  const outcomes: string[] = [];
  let [underWay, halfDone] = [0, 0];
  /** One operation and its kills, `moments` after the request or the restart. */
  async function killed(kind: Kind, moments: readonly number[]): Promise<void> {
    const round = await prepare[kind]();
    const answered = round.begin().catch(() => 'lost' as const);
    let asked: Asked | undefined;
    for (const moment of moments) {
      await sleep(moment);
      await service.kill();
      asked ??= await answered;
      const recorded = yard.recorded();
      underWay += recorded.unfinished.length > 0 ? 1 : 0;
      halfDone += recorded.halfDone ? 1 : 0;
      await round.afterKill?.();
      await service.startAgain();
    }
    await yard.settled();
    await service.survivorsEnd();
    const outcome = await round.check(asked ?? 'lost');
    outcomes.push(`${kind} ${moments.map((moment) => Math.round(moment)).join('+')} ms: ${outcome}`);
  }

  for (const [kind, moments] of schedule(random, durations)) {
    try {
      await killed(kind, moments);
    } catch (cause) {
      const story = [...outcomes, `${kind} ${moments.join('+')} ms`].join('\n');
      throw new Error(`seed ${seed}, after\n${story}\n${service.output().slice(-6_000)}`, { cause });
    }
  }
  const times = [...durations].map(([kind, ms]) => `${kind} ${Math.round(ms)} ms`).join(', ');
  console.info(
    `seed ${seed}: ${kills} kills (${underWay} with work under way, ${halfDone} with bytes half done) of ${times}\n${outcomes.join('\n')}`,
  );
  // The moments are worth something only when they are in the middle of the work.
  expect(underWay).toBeGreaterThan(kills / 3);

  expect(await verified(yard)).toMatchObject({
    status: 'done',
    backups: good.length,
    problems: [],
    unreferenced: [],
  });
  for (const { id, pattern } of good.slice(-2)) {
    const { restore } = await service.client.ok('POST', `/backups/${id}/restore`, { restore: {} });
    await yard.settled();
    expect((await yard.find('volume', restore.volume_id)).status).toBe('available');
    expect(await difference(yard.file(restore.volume_id), pattern, GIB)).toBeNull();
  }
  await service.stop();
  await service.survivorsEnd();
  expect(service.output()).not.toMatch(/unhandled|MaxListenersExceeded/i);
});

/** Which operations, and when each is killed: some at the very start and the very end, some twice. */
function schedule(random: Random, durations: ReadonlyMap<Kind, number>): [Kind, number[]][] {
  const rounds: [Kind, number[]][] = [];
  for (const [index, kind] of kinds.entries()) {
    const duration = durations.get(kind) ?? 0;
    const anywhere = () => random.below(Math.ceil(duration));
    const count = Math.floor((kills + kinds.length - 1 - index) / kinds.length);
    const moments = Array.from({ length: count }, (_, each) => {
      if (each === 0) return random.below(4);
      return each === 1 ? duration - 20 + random.below(40) : anywhere();
    });
    // Of those that are killed again, the second kill comes while the first is being made good.
    while (moments.length > 0) rounds.push([kind, moments.splice(-(moments.length % 4 === 0 ? 2 : 1))]);
  }
  return rounds
    .map((round) => ({ round, at: random.below(2 ** 31) }))
    .sort((one, other) => one.at - other.at)
    .map(({ round }) => round);
}

/** Has the repository read again. */
async function verified({ service: { client } }: Yard) {
  const { verification } = await client.ok('POST', '/scoria/backups/verifications', { verification: {} });
  return await waitFor(
    'the repository to be read',
    async () => {
      const now = (await client.ok('GET', `/scoria/backups/verifications/${verification.id}`)).verification;
      return now.status === 'running' ? undefined : now;
    },
    { timeoutMs: 60_000 },
  );
}
