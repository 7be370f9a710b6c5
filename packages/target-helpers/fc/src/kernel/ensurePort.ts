import type { Configfs } from '@scoria/lio-kit';
import type { FcFabric } from '../fabrics.ts';
import { layoutOf } from './layout.ts';

/** Attributes that keep strangers out, of a fabric that has them. */
const CLOSED: Readonly<Record<string, string>> = {
  generate_node_acls: '0',
  cache_dynamic_acls: '0',
  demo_mode_write_protect: '1',
};

/**
 * Makes a port of this host a target, unless it is one, and lets initiators log in that are known beforehand. What a port is, it says when somebody logs in:
 * whoever did before has to do it again.
 *
 * @returns whether it was made now
 * @throws LioError
 */
export async function ensurePort(
  fs: Configfs,
  fabric: FcFabric,
  wwpn: string,
  initiators: readonly string[],
): Promise<boolean> {
  const { port, group, acl } = layoutOf(fabric, wwpn);
  const isNew = await fs.makeDirectory(port);
  await fs.makeDirectory(group);
  for (const [name, value] of Object.entries(CLOSED)) {
    const current = await fs.read(`${group}/attrib/${name}`);
    if (current !== undefined && current !== value) await fs.write(`${group}/attrib/${name}`, value);
  }
  for (const initiator of initiators) await fs.makeDirectory(acl(initiator));
  // tcm_fc has no such switch: its groups are always on.
  if ((await fs.read(`${group}/enable`)) === '0') await fs.write(`${group}/enable`, '1');
  return isNew;
}
