import { run } from '@scoria/host-exec';

/** Tells systemd (`Type=notify`, sd_notify(3)) about this process; does nothing when nobody listens. */
export async function notifySystemd(...states: readonly string[]): Promise<void> {
  const socket = process.env['NOTIFY_SOCKET'];
  if (socket === undefined) return;
  await run('systemd-notify', [`--pid=${process.pid}`, ...states], {
    env: { NOTIFY_SOCKET: socket },
    deadlineMs: 5_000,
    exitCodes: 'any',
  });
}
