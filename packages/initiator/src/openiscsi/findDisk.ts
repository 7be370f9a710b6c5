import { setTimeout as delay } from 'node:timers/promises';
import { ContractError, type IscsiConnectionData } from '@scoria/core/contract';
import type { Budget } from '../budget.ts';
import { describe, type LunAddress } from '../iscsi/proof.ts';
import { type Iscsiadm, type KernelSession, sessionOf } from './iscsiadm.ts';
import { writeCredentials } from './nodeRecord.ts';
import type { IscsiSysfs, SessionDisk } from './sysfs.ts';

const POLL_MS = 250;

/** The parts of a host with open-iscsi. */
export interface OpenIscsiHost {
  readonly iscsiadm: Iscsiadm;
  readonly sysfs: IscsiSysfs;
  readonly nodeDirectories: readonly string[];
  readonly scanTries: number;
}

/** Logs in with manual scanning and the credentials in the node record; an existing session is taken over. */
export async function logIn(
  { iscsiadm, nodeDirectories }: Pick<OpenIscsiHost, 'iscsiadm' | 'nodeDirectories'>,
  address: LunAddress,
  data: IscsiConnectionData,
  budget: Budget,
): Promise<KernelSession> {
  const existing = sessionOf(await iscsiadm.sessions(budget), address);
  if (existing !== undefined) return existing;
  await iscsiadm.ensureNode(address, budget);
  await iscsiadm.setManualScan(address, budget);
  await writeCredentials(
    nodeDirectories,
    address,
    data.auth_username === undefined || data.auth_password === undefined
      ? null
      : { username: data.auth_username, secret: data.auth_password },
  );
  await iscsiadm.setManualStartup(address, budget);
  await iscsiadm.login(address, budget);
  return budget.until(
    `waiting for the session to ${address.iqn}`,
    async () => sessionOf(await iscsiadm.sessions(budget), address) ?? null,
    POLL_MS,
  );
}

/** Scans for the one LUN, again after 4, 9, 16 … s, until its disk shows. */
export async function findDisk(
  { sysfs, scanTries }: Pick<OpenIscsiHost, 'sysfs' | 'scanTries'>,
  session: KernelSession,
  address: LunAddress,
  budget: Budget,
): Promise<SessionDisk> {
  for (let scans = 0; scans <= scanTries; scans += 1) {
    const where = await sysfs.addressOf(session.id);
    if (where !== null) await sysfs.scan(where, address.lun);
    const end = performance.now() + (scans + 2) ** 2 * 1_000;
    do {
      const disk = (await sysfs.disksOf(session.id)).find((each) => each.lun === address.lun);
      if (disk !== undefined) return disk;
      budget.check(`waiting for the disk of ${describe(address)}`);
      await delay(POLL_MS);
    } while (performance.now() < end && scans < scanTries);
  }
  throw new ContractError(
    'VOLUME_DEVICE_NOT_FOUND',
    `No disk appeared for ${describe(address)} after ${scanTries} scans.`,
  );
}
