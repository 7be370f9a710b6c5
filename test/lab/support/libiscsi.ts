import { run } from '@scoria/host-exec';

/** How a user-space initiator reaches a LUN. */
export interface Reach {
  /** `address:port`, an IPv6 address in brackets. */
  readonly portal: string;
  readonly iqn: string;
  readonly lun: number;
  readonly initiator: string;
  readonly chap?: { readonly username: string; readonly password: string };
}

/** What an attempt to reach a LUN came to. */
export interface Reached {
  /** Unit serial number; null: refused. */
  readonly serial: string | null;
  /** libiscsi's words. */
  readonly said: string;
}

const UNIT_SERIAL_NUMBER = 0x80;

/** Logs in by libiscsi and asks for the unit serial number. */
export async function inquire({ portal, iqn, lun, initiator, chap }: Reach): Promise<Reached> {
  const credentials = chap ? `${chap.username}%${chap.password}@` : '';
  const url = `iscsi://${credentials}${portal}/${iqn}/${lun}`;
  const { stdout, stderr, exitCode } = await run(
    'iscsi-inq',
    ['-i', initiator, '-e', '1', '-c', String(UNIT_SERIAL_NUMBER), url],
    { exitCodes: 'any', deadlineMs: 60_000 },
  );
  const serial = exitCode === 0 ? (/^Unit Serial Number:\[(.*?)\s*\]$/m.exec(stdout)?.[1] ?? null) : null;
  return { serial, said: `${stdout}${stderr}`.trim() };
}
