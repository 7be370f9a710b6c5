import { join } from 'node:path';

/** Where a connector keeps its locks and records unless told otherwise: a place that forgets at a reboot, as attachments do. */
export function defaultStateDirectory(connector: string): string {
  const uid = process.geteuid?.() ?? 0;
  if (uid === 0) return join('/run/scoria', connector);
  return join(process.env['XDG_RUNTIME_DIR'] ?? '/tmp', `scoria-${uid}`, connector);
}
