import type { OperationParams, OperationResult } from '@scoria/core/contract';

/** Most that the objects of one page may take of a line of the wire (1 MiB), in bytes of their JSON. */
const pageBytes = 512 * 1024;

/**
 * Cuts what a driver owns into pages that fit on a line; no driver has to know. A page ends at an object, not at a
 * number, so that what comes and goes between two pages neither hides nor repeats another object.
 *
 * @param encoded an encoded result of `listOwned`
 * @param request its parameters
 */
export function pageOfOwned(encoded: unknown, request: unknown): unknown {
  // Both have just been through the schemas of this operation, which are the same on the wire and in memory.
  const { after } = request as OperationParams<'listOwned'>;
  const listed = encoded as OperationResult<'listOwned'>;
  // A driver that makes pages itself knows better.
  if (listed.next !== undefined) return encoded;
  const lines = listed.objects.map((object) => JSON.stringify(object));
  if (after === undefined && sizeOf(lines) <= pageBytes) return encoded;
  const rest = [...new Set(lines)].sort().filter((line) => after === undefined || line > after);
  const page = firstPage(rest);
  const last = page.at(-1);
  return {
    objects: page.map((line): unknown => JSON.parse(line)),
    ...(last !== undefined && page.length < rest.length && { next: last }),
  };
}

function firstPage(lines: readonly string[]): readonly string[] {
  let bytes = 0;
  const end = lines.findIndex((line, index) => {
    bytes += Buffer.byteLength(line) + 1;
    return bytes > pageBytes && index > 0;
  });
  return end === -1 ? lines : lines.slice(0, end);
}

function sizeOf(lines: readonly string[]): number {
  return lines.reduce((sum, line) => sum + Buffer.byteLength(line) + 1, 0);
}
