import { ContractError, type FibreChannelRevocation, isContractError } from '@scoria/driver-sdk';
import { listMapped } from '../kernel/showPort.ts';
import { disallow } from './access.ts';
import type { ExportContext } from './context.ts';
import { showOrRestore } from './ensureExport.ts';
import { showExport, toExport } from './showExport.ts';

/**
 * Takes an export away from initiators, or from everyone (null; D10). The caller keeps other work on it out.
 *
 * @throws LioError; ContractError TARGET_DETACH_FAILED
 */
export async function revokeAccess(
  context: ExportContext,
  name: string,
  wwpns: readonly string[] | null,
): Promise<FibreChannelRevocation> {
  const { saved, owner } = context;
  const goes = ({ wwpn }: { readonly wwpn: string }) => wwpns === null || wwpns.includes(wwpn);
  const shown = await showOrRestore(context, name, (access) => !goes(access)).catch(
    async (error: unknown) => {
      // The volume is gone, and what is saved of its export goes too: nobody sees it again.
      if (!isContractError(error) || error.code !== 'NOT_FOUND') throw error;
      await saved.save(owner.backstoreName(name));
      return undefined;
    },
  );
  if (!shown) return { left: undefined, unused: [] };
  const gone = new Set<string>();
  for (const { port, lun, access } of shown.at) {
    for (const { wwpn } of access.filter(goes)) {
      await disallow(context, port, lun, wwpn);
      gone.add(wwpn);
    }
  }
  const after = await showExport(context, name);
  const still = after?.at.flatMap(({ access }) => access.filter(goes)) ?? [];
  if (still[0])
    throw new ContractError('TARGET_DETACH_FAILED', `${still[0].wwpn} still sees the export of ${name}`);
  await saved.save(owner.backstoreName(name));
  return {
    left: after && (await toExport(name, after)),
    unused: await withoutLuns(context, [...gone].sort()),
  };
}

/** Those that see nothing any more at any of the ports, of other backends neither: they share the zones. */
async function withoutLuns(
  { fs, fabric, ports }: ExportContext,
  wwpns: readonly string[],
): Promise<string[]> {
  const seen = await Promise.all(
    wwpns.map(async (wwpn) =>
      (await Promise.all(ports.map((port) => listMapped(fs, fabric, port, wwpn)))).flat(),
    ),
  );
  return wwpns.filter((_, index) => seen[index]?.length === 0);
}
