import { mkdirSync, readFileSync, renameSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { emptyState, type IetState, sessionText, volumeText } from './kernel.ts';

const LOCK_MS = 20_000;

/** Waits like a program that speaks to a daemon which serves one after the other. */
function lock(directory: string): void {
  const end = Date.now() + LOCK_MS;
  const pause = new Int32Array(new SharedArrayBuffer(4));
  for (;;) {
    try {
      mkdirSync(join(directory, 'lock'));
      return;
    } catch (error) {
      if (Date.now() > end) throw error;
      Atomics.wait(pause, 0, 0, 2);
    }
  }
}

function replace(path: string, text: string): void {
  writeFileSync(`${path}.new`, text);
  renameSync(`${path}.new`, path);
}

/** Has the stand-in's state changed by one request at a time, and shown below `proc`. */
export function change<T>(directory: string, work: (state: IetState) => T): T {
  lock(directory);
  try {
    const state: IetState = JSON.parse(readFileSync(join(directory, 'state.json'), 'utf8'));
    const result = work(state);
    write(directory, state);
    return result;
  } finally {
    rmdirSync(join(directory, 'lock'));
  }
}

function write(directory: string, state: IetState): void {
  replace(join(directory, 'state.json'), JSON.stringify(state));
  replace(join(directory, 'proc', 'volume'), volumeText(state));
  replace(join(directory, 'proc', 'session'), sessionText(state));
}

/** An IET without targets. */
export function create(directory: string): void {
  mkdirSync(join(directory, 'proc'), { recursive: true });
  write(directory, emptyState());
}
