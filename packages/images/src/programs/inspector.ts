/**
 * Tells of an image what it is, or which rule it breaks: one JSON line, then one with its digest when that is asked for. Started in the
 * sandbox with the image as descriptor 3; opens nothing itself. Ends with 0 after an answer, whatever it is.
 */
import { createHash } from 'node:crypto';
import { readFileSync, readSync, writeSync } from 'node:fs';
import { fromWords, type InspectorArguments } from '../inspect/arguments.ts';
import { fileBytes, headBytes } from '../inspect/byteSource.ts';
import { inspectBytes } from '../inspect/inspectBytes.ts';
import type { Verdict } from '../inspect/report.ts';
import { RuleBroken } from '../inspect/rules.ts';

const STDIN = 0;
const IMAGE = 3;
const CHUNK = 1024 * 1024;

const given = fromWords(process.argv.slice(2));
if (given === undefined) {
  process.exitCode = 2;
} else {
  const verdict = judge(given);
  answer(verdict);
  if (verdict.verdict === 'accepted' && given.hash !== null) answer(digest(given.hash));
}

function judge(asked: InspectorArguments): Verdict {
  try {
    const source =
      asked.input === 'file' ? fileBytes(IMAGE) : headBytes(readFileSync(STDIN), asked.sizeBytes);
    return { verdict: 'accepted', ...inspectBytes(source, asked) };
  } catch (error) {
    if (error instanceof RuleBroken) return { verdict: 'refused', rule: error.rule, detail: error.message };
    throw error;
  }
}

function digest(algorithm: string): { hex: string; bytes: number } {
  const hash = createHash(algorithm);
  const buffer = Buffer.allocUnsafeSlow(CHUNK);
  let bytes = 0;
  for (;;) {
    const read = readSync(IMAGE, buffer, 0, CHUNK, bytes);
    if (read === 0) return { hex: hash.digest('hex'), bytes };
    hash.update(buffer.subarray(0, read));
    bytes += read;
  }
}

function answer(line: unknown): void {
  writeSync(1, `${JSON.stringify(line)}\n`);
}
