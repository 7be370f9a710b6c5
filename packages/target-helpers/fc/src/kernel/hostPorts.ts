import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from '@scoria/driver-sdk';
import { plainWwn } from '@scoria/target-kit';

/** A Fibre Channel port of this host as sysfs shows it. */
export interface HostPort {
  readonly wwpn: string;
  /** Such as `Online` or `Linkdown`. */
  readonly state: string;
}

const wwpnText = z.string().regex(/^0x[0-9a-f]{16}$/i);

/** The Fibre Channel ports of this host (scsi_transport_fc, `class/fc_host`). One that vanishes meanwhile is left out. */
export async function hostPorts(sysfsRoot: string): Promise<HostPort[]> {
  const folder = join(sysfsRoot, 'class/fc_host');
  const hosts = await readdir(folder).catch(() => []);
  const found = await Promise.all(
    hosts.map(async (host): Promise<HostPort[]> => {
      const read = async (name: string) => (await readFile(join(folder, host, name), 'utf8')).trim();
      const [name, state] = await Promise.all([read('port_name'), read('port_state')]).catch(() => ['', '']);
      const { success, data } = wwpnText.safeParse(name);
      return success ? [{ wwpn: plainWwn(data.slice(2)), state: state ?? '' }] : [];
    }),
  );
  return found.flat();
}
