import { InvalidArgumentError } from 'commander';

const MAX_GIB = Math.floor(Number.MAX_SAFE_INTEGER / 1024 ** 3);

/** A size in whole GiB: `10`, `10G`, `10GiB`, `2T`. */
export function parseSize(text: string): number {
  const match = /^(\d{1,15})\s*(?:(g|gib|gb)|(t|tib|tb))?$/i.exec(text.trim());
  const gib = Number(match?.[1]) * (match?.[3] === undefined ? 1 : 1024);
  if (match === null || gib < 1 || gib > MAX_GIB) {
    throw new InvalidArgumentError('Give a size in whole GiB, such as 10 or 2T.');
  }
  return gib;
}

/** Collects repeated `key=value` options. */
export function collectPairs(text: string, previous: Record<string, string> = {}): Record<string, string> {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('Give key=value.');
  return { ...previous, [text.slice(0, at)]: text.slice(at + 1) };
}

/** Collects repeated options. */
export function collect(text: string, previous: string[] = []): string[] {
  return [...previous, text];
}

/** A whole number from 1. */
export function parseCount(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('Give a whole number from 1.');
  return Number(text);
}
