import { mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type ConnectionInfo,
  createLogger,
  type InitiatorAccess,
  Secret,
  type TargetSpec,
} from '@scoria/driver-sdk';
import { LioHelper, lioOptionsSchema } from '@scoria/target-helper-lioadm';
import type { Reach } from './libiscsi.ts';

/** The guest's own initiator (test/lab/src/guest/init.sh). */
export const INITIATOR = 'iqn.2026-01.test.lab:initiator';
/** Where the helpers of the lab save. */
export const SAVECONFIG = '/etc/rtslib-fb-target/saveconfig.json';

/** A helper with state of its own; the same `state` is the same owner. */
export async function openLio(
  options: Record<string, unknown> = {},
  state = '/tmp/lio-state',
): Promise<LioHelper> {
  await mkdir(state, { recursive: true, mode: 0o700 });
  const log = createLogger({ name: 'lio', level: 'warn' });
  return LioHelper.open(lioOptionsSchema.parse(options), { backend: 'lab', stateDir: state, log });
}

/** A sparse file of that size. */
export async function makeFile(name: string, size: number): Promise<string> {
  const path = join('/tmp', `${name}.img`);
  const handle = await open(path, 'wx', 0o600);
  await handle.truncate(size);
  await handle.close();
  return path;
}

/** A serial as volumes have it. */
export const serialOf = (name: string) =>
  `00000000-0000-4000-8000-${Buffer.from(name).toString('hex').slice(-12).padStart(12, '0')}`;

/** A target of a file, at the portals named. */
export const specOf = (
  name: string,
  path: string,
  portals: readonly string[] = ['127.0.0.1'],
  more: Partial<TargetSpec> = {},
): TargetSpec => ({
  name,
  iqn: `iqn.2026-01.test.lab:${name}`,
  lun: 0,
  path,
  serial: serialOf(name),
  transport: 'iscsi',
  portals: portals.map((address) => ({ address, port: 3260 })),
  ...more,
});

/** The access of an initiator, with CHAP of its own unless it is not to have any. */
export const accessOf = (suffix: string, more: Partial<InitiatorAccess> = {}): InitiatorAccess => ({
  initiator: suffix === 'own' ? INITIATOR : `iqn.2026-01.test.lab:${suffix}`,
  chap: { username: `user-${suffix}`, password: new Secret(`password-of-${suffix}`) },
  readOnly: false,
  ...more,
});

const portalOf = (spec: TargetSpec): string => {
  const [portal] = spec.portals ?? [];
  if (!portal) throw new Error('the target has no portal');
  return `${portal.address.includes(':') ? `[${portal.address}]` : portal.address}:${portal.port}`;
};

/** How an initiator reaches a target with what it was given. */
export function reachOf(spec: TargetSpec, access: InitiatorAccess): Reach {
  const { chap, initiator } = access;
  return {
    portal: portalOf(spec),
    iqn: spec.iqn,
    lun: spec.lun,
    initiator,
    ...(chap && { chap: { username: chap.username, password: chap.password.reveal() } }),
  };
}

/** What a driver would answer to an initiator. */
export function connectionOf(spec: TargetSpec, access: InitiatorAccess): ConnectionInfo {
  const { chap } = access;
  return {
    driver_volume_type: 'iscsi',
    data: {
      target_discovered: false,
      target_portal: portalOf(spec),
      target_iqn: spec.iqn,
      target_lun: spec.lun,
      volume_id: spec.serial,
      encrypted: false,
      access_mode: access.readOnly ? 'ro' : 'rw',
      ...(chap && { auth_method: 'CHAP', auth_username: chap.username, auth_password: chap.password }),
    },
    identity: { type: 'serial', serial: spec.serial },
  };
}
