import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** This Node, by which the fixture programs are run (PATH of commands does not have it). */
export const node = process.execPath;

/** The path of a fixture program. */
export function fixture(name: string): string {
  return join(import.meta.dirname, 'fixtures', name);
}

/** A directory that is gone after the test. */
export function temporaryDirectory(): string {
  const path = mkdtempSync(join(tmpdir(), 'host-exec-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** Waits until the condition gives something, for 10 s at most. */
export async function until<T>(condition: () => T | undefined | false): Promise<T> {
  const end = Date.now() + 10_000;
  for (;;) {
    const value = condition();
    if (value !== undefined && value !== false) return value;
    if (Date.now() > end) throw new Error(`gave up waiting for ${condition}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** Whether a process runs; a zombie does not. */
export function isRunning(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) [ZX]/s.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

/** The pid a fixture wrote, as soon as it is there. */
export async function pidIn(path: string): Promise<number> {
  return until(() => {
    try {
      return Number(readFileSync(path, 'utf8')) || undefined;
    } catch {
      return undefined;
    }
  });
}

/** The error a promise rejects with. */
export async function rejection(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    (value) => {
      throw new Error(`expected a rejection, got ${JSON.stringify(value)}`);
    },
    (error: unknown) => error,
  );
}

const brand: unique symbol = Symbol.for('scoria.secret');

/** A secret as core makes it: only the brand and `reveal` are known here. */
export class BrandedSecret {
  readonly [brand] = true;
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return '[secret]';
  }
}
