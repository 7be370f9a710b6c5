import { createHash } from 'node:crypto';

/** An NAA designator (type 6, 128 bits) that is always the same for a volume. */
export function naaOf(volumeId: string): string {
  return `6${digest(volumeId).slice(0, 31)}`;
}

/** A world-wide port name (NAA type 5) that is always the same for a port of a backend. */
export function wwpnOf(backend: string, port: number): string {
  return `5${digest(`${backend} ${port}`).slice(0, 15)}`;
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
