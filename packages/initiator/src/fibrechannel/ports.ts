import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import type { ScsiAddress } from '../scsi/scsiDisk.ts';
import { names, text } from '../scsi/sysfs.ts';
import { plainWwn } from './attachment.ts';

/** A Fibre Channel port of this host (scsi_transport_fc, `class/fc_host`). */
export interface HostPort {
  /** Number of its SCSI host. */
  readonly host: string;
  readonly wwpn: string;
  readonly wwnn: string;
  readonly isOnline: boolean;
}

/** A target port behind one of this host's ports. */
export interface TargetPort {
  readonly address: ScsiAddress;
  readonly wwpn: string;
  /** Sysfs directory (`…/targetH:C:T`) with its LUNs; not there while it has none. */
  readonly directory: string;
}

/** A port that one of this host's ports has logged in to, target or not. */
export interface RemotePort {
  readonly wwpn: string;
  readonly isOnline: boolean;
  /** Whether it has said that it is a target. */
  readonly isTarget: boolean;
  /** Sysfs directory. */
  readonly directory: string;
}

/** This host's ports, by number. */
export async function hostPorts(root: string): Promise<HostPort[]> {
  const folder = join(root, 'class/fc_host');
  const ports = await Promise.all(
    (await names(folder)).map(async (name) => {
      const read = (file: string) => text(join(folder, name, file));
      const [wwpn, wwnn, state] = await Promise.all([
        read('port_name'),
        read('node_name'),
        read('port_state'),
      ]);
      return {
        host: name.replace(/^host/, ''),
        wwpn: plainWwn(wwpn),
        wwnn: plainWwn(wwnn),
        isOnline: state === 'Online',
      };
    }),
  );
  return ports.filter(({ host, wwpn }) => /^\d+$/.test(host) && /^[0-9a-f]{16}$/.test(wwpn));
}

/**
 * The target ports that a port of this host can be asked to scan. The kernel gives one its number when it logs in as a target, but makes its directory
 * with its first LUN, and takes it away with the last.
 */
export async function targetPorts(root: string, { host }: HostPort): Promise<TargetPort[]> {
  const folder = join(root, 'class/fc_remote_ports');
  const found = await Promise.all(
    (await names(folder)).map(async (name): Promise<TargetPort[]> => {
      const [, number, channel] = /^rport-(\d+):(\d+)-\d+$/.exec(name) ?? [];
      if (number !== host || channel === undefined) return [];
      const port = join(folder, name);
      const target = await text(join(port, 'scsi_target_id'));
      const device = await realpath(join(port, 'device')).catch((error: NodeJS.ErrnoException) => {
        // It has logged out since it was listed.
        if (error.code === 'ENOENT') return null;
        throw error;
      });
      if (!/^\d+$/.test(target) || device === null) return [];
      const wwpn = plainWwn(await text(join(port, 'port_name')));
      const directory = join(device, `target${host}:${channel}:${target}`);
      return [{ address: { host, channel, target }, wwpn, directory }];
    }),
  );
  return found.flat();
}

/** The ports that a port of this host has logged in to. */
export async function remotePorts(root: string, { host }: HostPort): Promise<RemotePort[]> {
  const folder = join(root, 'class/fc_remote_ports');
  const own = (await names(folder)).filter((name) => new RegExp(`^rport-${host}:`).test(name));
  return Promise.all(
    own.map(async (name) => {
      const directory = join(folder, name);
      const [wwpn, state, roles] = await Promise.all(
        ['port_name', 'port_state', 'roles'].map((file) => text(join(directory, file))),
      );
      return {
        wwpn: plainWwn(wwpn ?? ''),
        isOnline: state === 'Online',
        isTarget: (roles ?? '').includes('FCP Target'),
        directory,
      };
    }),
  );
}
