import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import type { Session } from '../action.ts';
import { find, idOf } from '../api/find.ts';
import { backups, volumes } from '../api/kinds.ts';
import { read } from '../api/read.ts';
import { CliError } from '../cliError.ts';
import { withSpinner } from '../output/progress.ts';
import { untilInterrupted } from '../untilInterrupted.ts';

const POLL_MS = 250;

const verificationSchema = z.looseObject({
  id: z.string(),
  status: z.string(),
  done_bytes: z.number(),
  total_bytes: z.number().nullable(),
  backups: z.number().nullable(),
  problems: z.array(
    z.looseObject({
      code: z.string(),
      object: z.string(),
      message: z.string(),
      backup_ids: z.array(z.string()),
    }),
  ),
  unreferenced: z.array(z.string()),
  failure: z.string().nullable(),
});

/** What a verification found. */
export type Verification = z.infer<typeof verificationSchema>;

/** What to verify; nothing: the whole repository. */
export interface VerifyOptions {
  readonly volume?: string;
}

/** Has the service re-read its repository, or what one backup or the backups of one volume need; an interruption ends it. @throws CliError */
export async function verifyBackups(
  { client, globals }: Session,
  backup: string | undefined,
  { volume }: VerifyOptions,
): Promise<Verification> {
  const selection = await selectionOf();
  return untilInterrupted(async (signal) => {
    const path = '/scoria/backups/verifications';
    const started = await client.post(path, { verification: selection });
    let verification = read(started, 'verification', verificationSchema);
    const own = `${path}/${verification.id}`;
    await withSpinner(globals, 'verifying', async (report) => {
      while (verification.status === 'running') {
        await delay(POLL_MS);
        if (signal.aborted) await client.delete(own);
        signal.throwIfAborted();
        verification = read(await client.get(own), 'verification', verificationSchema);
        const { done_bytes, total_bytes } = verification;
        report({ operation: 'verify', done_bytes, total_bytes });
      }
    });
    if (verification.status === 'done') return verification;
    throw new CliError('failed', `The verification ended: ${verification.failure ?? verification.status}.`);
  });

  async function selectionOf(): Promise<{ volume_id?: string; backup_id?: string }> {
    if (backup !== undefined) {
      const found = await find(client, backups, backup);
      return { backup_id: found.id, volume_id: found.volume_id };
    }
    return volume === undefined ? {} : { volume_id: await idOf(client, volumes, volume) };
  }
}
