import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { cacheFolder, root } from './paths.mjs';

/** Folders that hold results, not sources. */
const results = new Set(['node_modules', 'dist', '.git']);

/**
 * Lists the files below a folder, results left out.
 * @param {string} folder absolute
 * @param {(file: string) => boolean} accept
 * @returns {string[]} absolute paths, sorted
 */
export function listFiles(folder, accept) {
  const files = [];
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory() && !results.has(entry.name)) files.push(...listFiles(path, accept));
    else if (entry.isFile() && accept(path)) files.push(path);
  }
  return files.sort();
}

/**
 * One hash over the contents of files.
 * @param {string[]} files absolute paths
 */
export function hashContents(files) {
  const hash = createHash('sha256');
  for (const file of files)
    hash.update(relative(root, file)).update('\0').update(readFileSync(file)).update('\0');
  return hash.digest('hex');
}

/**
 * One hash over path, size and time of change of files: fast enough for thousands of them.
 * @param {string[]} files absolute paths
 */
export function hashStats(files) {
  const hash = createHash('sha256');
  for (const file of files) {
    const { size, mtimeMs } = statSync(file);
    hash.update(`${relative(root, file)}\0${size}\0${mtimeMs}\0`);
  }
  return hash.digest('hex');
}

/**
 * @param {string} file a stamp: absolute path
 * @param {string} hash
 */
export function hasStamp(file, hash) {
  try {
    return readFileSync(file, 'utf8') === hash;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false;
    throw error;
  }
}

/**
 * Records what a step was done for.
 * @param {string} file absolute path
 * @param {string} hash
 */
export function writeStamp(file, hash) {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, hash);
}

/** @param {string} name */
export function cacheStamp(name) {
  return join(cacheFolder, `${name}.stamp`);
}
