/** Most that one error may take of a line of the wire (1 MiB), in UTF-16 units of its JSON. */
const MAX_ERROR_LENGTH = 256 * 1024;

/** Parts of an error that a receiver can do without, the most dispensable first. */
interface Dispensable {
  readonly transcript?: unknown;
  readonly secondary?: unknown;
  readonly details?: unknown;
  readonly leftBehind?: unknown;
}

/**
 * Makes an error small enough to be sent: an error that cannot cross the wire would end the connection instead of
 * saying what happened. What is least needed to act goes first; all other fields stay.
 */
export function fitOnWire<Wire extends Dispensable>(wire: Wire): Wire {
  const fitting = { ...wire };
  for (const key of ['transcript', 'secondary', 'details', 'leftBehind'] as const) {
    if (JSON.stringify(fitting).length <= MAX_ERROR_LENGTH) break;
    delete fitting[key];
  }
  return fitting;
}
