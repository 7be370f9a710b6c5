import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { z } from 'zod';
import { type BackupRecord, backupRecordSchema } from '../api/models.ts';
import { CliError } from '../cliError.ts';

/** Reads an exported record of a backup. @param file a path, or `-` for standard input @throws CliError usage */
export async function readBackupRecord(file: string): Promise<BackupRecord> {
  const content = file === '-' ? await text(process.stdin) : await readOrFail(file);
  const parsed = z
    .string()
    .transform((json, context) => {
      try {
        return JSON.parse(json) as unknown;
      } catch {
        context.addIssue({ code: 'custom', message: 'it is not JSON' });
        return z.NEVER;
      }
    })
    .pipe(backupRecordSchema)
    .safeParse(content);
  if (parsed.success) return parsed.data;
  throw new CliError('usage', `${file} holds no record of a backup: ${z.prettifyError(parsed.error)}`, {
    hint: 'Give the file that "scoria backup export" wrote.',
  });
}

async function readOrFail(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new CliError('usage', `Cannot read ${file}: ${reason}.`, { cause });
  }
}
