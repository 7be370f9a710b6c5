import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { backendNameSchema, ContractError, type Logger } from '@scoria/driver-sdk';
import { syncDirectory } from '@scoria/target-kit';
import type { TargetRecord } from '../record.ts';
import { atomicWrite, sweepUnfinished } from './atomicWrite.ts';
import { formatConf } from './format.ts';
import { ConfSyntaxError, parseConf } from './parse.ts';

/** The configuration files of this helper: one per volume, named as the volume, mode 0600. */
export interface ConfStore {
  readonly directory: string;
  /** @throws ConfSyntaxError */
  read(name: string): Promise<TargetRecord | undefined>;
  write(record: TargetRecord): Promise<void>;
  /** Absent is success. */
  remove(name: string): Promise<void>;
  /** All that can be read; the others are logged and left alone. */
  readAll(): Promise<TargetRecord[]>;
}

const isMissing = (error: unknown) => error instanceof Error && 'code' in error && error.code === 'ENOENT';

/** Opens the directory, and makes it (mode 0700) when it is not there. @throws ContractError INVALID_CONFIGURATION */
export async function openConfStore(directory: string, log: Logger): Promise<ConfStore> {
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    await sweepUnfinished(directory);
  } catch (cause) {
    throw new ContractError('INVALID_CONFIGURATION', `volumes_dir ${directory} cannot be made`, { cause });
  }
  const pathOf = (name: string) => {
    if (!backendNameSchema.safeParse(name).success) {
      throw new ContractError('INVALID_ARGUMENT', 'a volume name must be one safe path component');
    }
    return join(directory, name);
  };
  const read = async (name: string) => {
    try {
      return parseConf(name, await readFile(pathOf(name), 'utf8'));
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  };
  return {
    directory,
    read,
    write: (record) => atomicWrite(pathOf(record.name), formatConf(record)),
    remove: async (name) => {
      await rm(pathOf(name), { force: true });
      await syncDirectory(directory);
    },
    readAll: async () => {
      const names = (await readdir(directory)).filter((name) => backendNameSchema.safeParse(name).success);
      const records = await Promise.all(
        names.map(async (name) => {
          try {
            return await read(name);
          } catch (error) {
            if (!(error instanceof ConfSyntaxError)) throw error;
            log.warn(
              { file: join(directory, name), reason: error.message },
              'configuration file is not ours or damaged',
            );
            return undefined;
          }
        }),
      );
      return records.filter((record) => record !== undefined);
    },
  };
}
