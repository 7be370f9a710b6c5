import { createHash } from 'node:crypto';

/** A world-wide port name (NAA type 5) that is always the same for a port of a backend. */
export function wwpnOf(backend: string, port: number): string {
  return `5${createHash('sha256').update(`${backend} ${port}`).digest('hex').slice(0, 15)}`;
}
