import { open } from 'node:fs/promises';
import { BackupError } from '../../errors.ts';
import type { S3RepositoryOptions } from './options.ts';

/** What requests are signed with. */
export interface S3Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  /** When they are read again. */
  readonly expiration?: Date;
}

const READ_AGAIN_AFTER_MS = 10 * 60_000;

/**
 * Credentials from the options, or from their file, which must be its owner's alone. The file is read again from time to
 * time, so that a changed key needs no restart.
 *
 * @throws BackupError REPOSITORY_REFUSED; its message never holds what the file does
 */
export async function readCredentials(options: S3RepositoryOptions): Promise<S3Credentials> {
  const { credentials_file: path, access_key_id: accessKeyId, secret_access_key: secret } = options;
  if (path === undefined) {
    if (accessKeyId === undefined || secret === undefined) throw refused('there are no credentials');
    return { accessKeyId, secretAccessKey: secret.reveal() };
  }
  const section = parseSections(await readPrivate(path)).get(options.credentials_profile);
  if (section === undefined) throw refused(`${path} has no section [${options.credentials_profile}]`);
  const id = section.get('aws_access_key_id');
  const key = section.get('aws_secret_access_key');
  const sessionToken = section.get('aws_session_token');
  if (!id || !key)
    throw refused(
      `[${options.credentials_profile}] of ${path} needs aws_access_key_id and aws_secret_access_key`,
    );
  const expiration = new Date(Date.now() + READ_AGAIN_AFTER_MS);
  return { accessKeyId: id, secretAccessKey: key, expiration, ...(sessionToken && { sessionToken }) };
}

async function readPrivate(path: string): Promise<string> {
  try {
    await using file = await open(path, 'r');
    const { mode } = await file.stat();
    if ((mode & 0o077) !== 0) throw refused(`others may read ${path}: chmod 0600 ${path}`);
    return await file.readFile('utf8');
  } catch (error) {
    if (error instanceof BackupError) throw error;
    throw refused(
      `cannot read ${path}: ${error instanceof Error && 'code' in error ? error.code : 'failed'}`,
    );
  }
}

/** `[section]`, `name = value`; lines that begin with `#` or `;` are comments. */
function parseSections(text: string): Map<string, Map<string, string>> {
  const sections = new Map<string, Map<string, string>>();
  let current: Map<string, string> | undefined;
  for (const line of text.split(/\r?\n/).map((each) => each.trim())) {
    if (line === '' || /^[#;]/.test(line)) continue;
    const header = /^\[\s*(.+?)\s*\]$/.exec(line)?.[1];
    if (header !== undefined) {
      current = sections.get(header) ?? new Map();
      sections.set(header, current);
      continue;
    }
    const equals = line.indexOf('=');
    if (equals > 0) current?.set(line.slice(0, equals).trim(), line.slice(equals + 1).trim());
  }
  return sections;
}

function refused(message: string): BackupError {
  return new BackupError('REPOSITORY_REFUSED', `S3 credentials: ${message}`);
}
