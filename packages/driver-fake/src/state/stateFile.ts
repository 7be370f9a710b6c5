import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { ContractError, z } from '@scoria/driver-sdk';
import { decodeState, type FakeState, fakeStateSchema } from './fakeState.ts';

/**
 * Reads the state that an earlier process left; undefined when there is none.
 * @throws ContractError INVALID_CONFIGURATION when the file is not one of ours.
 */
export async function readStateFile(path: string): Promise<FakeState | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
  const state = decodeState(jsonOf(text));
  if (state !== undefined) return state;
  throw new ContractError('INVALID_CONFIGURATION', `${path} does not hold the state of a fake driver`, {
    details: { option: 'fake_state_file' },
  });
}

/** Replaces the file in one step, so that a crash leaves the old state or the new one. It holds secrets: mode 0600. */
export async function writeStateFile(path: string, state: FakeState): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const next = `${path}.next`;
  await rm(next, { force: true });
  const file = await open(next, 'wx', 0o600);
  try {
    await file.writeFile(JSON.stringify(z.encode(fakeStateSchema, state)));
    await file.datasync();
  } finally {
    await file.close();
  }
  await rename(next, path);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Not JSON is no state either: the schema says so.
    return undefined;
  }
}
