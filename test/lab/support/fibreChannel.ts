import { readdir, readFile, rm, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '@scoria/host-exec';
import { waitFor } from '@scoria-test/support';

/** The guest's two fabrics: a port that attaches and a port that exports on each (test/lab/src/vm/emulated.ts). */
export const FABRICS = [
  { initiator: '20:00:02:fc:00:00:01:10', target: '20:00:02:fc:00:00:01:20' },
  { initiator: '20:00:02:fc:00:00:02:10', target: '20:00:02:fc:00:00:02:20' },
] as const;

/** WWPNs as connections have them. */
export const plain = (wwpn: string) => wwpn.replaceAll(':', '');

const PATIENCE = { timeoutMs: 60_000 };
const hostsFolder = '/sys/class/fc_host';
const text = async (path: string) => (await readFile(path, 'utf8').catch(() => '')).trim();

/** The network interface under a port: a WWPN is 20:00 and the MAC address. */
async function interfaceOf(wwpn: string): Promise<string> {
  for (const name of await readdir('/sys/class/net')) {
    if ((await text(`/sys/class/net/${name}/address`)) === wwpn.slice('20:00:'.length)) return name;
  }
  throw new Error(`the guest has no interface of ${wwpn}`);
}

/** The SCSI host of a port; undefined before it is made. */
export async function hostOf(wwpn: string): Promise<string | undefined> {
  for (const host of await readdir(hostsFolder).catch((): string[] => [])) {
    if ((await text(join(hostsFolder, host, 'port_name'))) === `0x${plain(wwpn)}`) return host;
  }
  return undefined;
}

/** Loads what Fibre Channel needs. Targets have to be there before {@link bringFabricsUp}: what a port is, it says at login. */
export async function loadFibreChannel(): Promise<void> {
  await run('modprobe', ['-a', 'target_core_mod', 'target_core_file', 'target_core_iblock']);
  await run('modprobe', ['-a', 'libfc', 'libfcoe', 'fcoe', 'tcm_fc', 'sd_mod']);
}

/**
 * Makes the four ports (FCoE VN2VN) and brings their links up, once in the life of the guest. All links are down until the last port is made: one that is
 * sending while another is being made crashes the kernel (6.1).
 */
export async function bringFabricsUp(): Promise<void> {
  const wwpns = FABRICS.flatMap(({ initiator, target }) => [initiator, target]);
  if ((await hostOf(wwpns[0] ?? '')) === undefined) {
    for (const wwpn of wwpns) {
      const name = await interfaceOf(wwpn);
      await run('ip', ['link', 'set', name, 'mtu', '2500']);
      await writeFile('/sys/module/libfcoe/parameters/create_vn2vn', name);
    }
    for (const wwpn of wwpns) await run('ip', ['link', 'set', await interfaceOf(wwpn), 'up']);
  }
  await waitFor(
    'four ports that are online',
    async () => {
      const states = await Promise.all(
        wwpns.map(async (wwpn) => text(join(hostsFolder, (await hostOf(wwpn)) ?? '', 'port_state'))),
      );
      return states.every((state) => state === 'Online');
    },
    PATIENCE,
  );
}

/** Waits until the initiator of each fabric has logged in to its target. */
export async function waitForTargets(): Promise<void> {
  await waitFor(
    'targets on both fabrics',
    async () => {
      const roles = await Promise.all(
        (await readdir('/sys/class/fc_remote_ports')).map((name) =>
          text(`/sys/class/fc_remote_ports/${name}/roles`),
        ),
      );
      return roles.filter((each) => each.includes('FCP Target')).length === FABRICS.length;
    },
    PATIENCE,
  );
}

/** Cuts the target port of a fabric off, or brings it back. */
export async function setFabric(index: 0 | 1, state: 'up' | 'down'): Promise<void> {
  await run('ip', ['link', 'set', await interfaceOf(FABRICS[index].target), state]);
}

/** Takes the target ports and what is saved of them away: suites of other transports look at all of LIO. */
export async function removeTargetPorts(): Promise<void> {
  for (const { target } of FABRICS) {
    const port = `/sys/kernel/config/target/fc/${target}`;
    const acls = await readdir(`${port}/tpgt_1/acls`).catch((): string[] => []);
    const folders = [...acls.map((name) => `${port}/tpgt_1/acls/${name}`), `${port}/tpgt_1`, port];
    for (const folder of folders) await rmdir(folder).catch(() => undefined);
  }
  await rm('/etc/rtslib-fb-target/saveconfig.json', { force: true });
}

/** Says what the kernel shows; for a test that fails. */
export async function describeFibreChannel(): Promise<string> {
  const script = `
    for r in /sys/class/fc_remote_ports/*; do echo "$r $(cat $r/port_name $r/port_state $r/roles $r/scsi_target_id | tr '\\n' ' ')"; done
    for h in /sys/class/fc_host/*; do echo "$h $(cat $h/port_name $h/port_state | tr '\\n' ' ')"; done
    lsscsi -i; multipath -ll -v2
    find /sys/kernel/config/target/fc -maxdepth 5 -path '*tpgt_1/*' -name '*[0-9]'
    dmesg | tail -25`;
  const { stdout, stderr } = await run('bash', ['-c', script], { exitCodes: 'any', deadlineMs: 60_000 });
  return `${stdout}${stderr}`;
}
